import { connectPostgres, feedTables, lackingRights, type Role, roleOf, type Sql } from '@sluice/ledger';
import type { Config } from '@sluice/process';
import { answerOf } from './connect.ts';
import type { Judged } from './finding.ts';

const SETUP = 'see config/postgres_setup.sql, which a superuser may run again';

/** Whether the role of DATABASE_URL may do what the pipeline does. */
export async function judgeRights(sql: Sql): Promise<Judged> {
  const [{ role, owns }, lacking] = await Promise.all([roleOf(sql), lackingRights(sql)]);
  if (lacking.length === 0) {
    const what = `${role} reads and writes rows and ledger`;
    return { state: 'ok', found: owns ? `${what}, and owns the tables` : what };
  }
  const told = lacking.map(({ right, onlyFor }) =>
    onlyFor === null ? right : `${right} (only for ${onlyFor})`,
  );
  return {
    state: lacking.some(({ onlyFor }) => onlyFor === null) ? 'wrong' : 'warning',
    found: `${role} lacks ${told.join(', ')}`,
    fix: `GRANT them to ${role}; for the ledger and the table of the events, ${SETUP}`,
  };
}

/** Whether the role of DATABASE_OWNER_URL can migrate this same database. */
export async function judgeOwner(url: string, config: Config, sql: Sql): Promise<Judged> {
  return await asRole(url, config, sql, 'DATABASE_OWNER_URL', ({ role, owns, creates }) => {
    if (owns && creates) return { state: 'ok', found: `${role} owns the tables and may make new ones` };
    const lacks = [owns ? '' : 'does not own the tables', creates ? '' : 'may not make tables'];
    return {
      state: 'wrong',
      found: `${role} ${lacks.filter(Boolean).join(' and ')}: "migrate" will fail`,
      fix: `name their owner in DATABASE_OWNER_URL; ${SETUP}`,
    };
  });
}

/** What the role of DATABASE_READ_URL can see of this same database, and of the tables of the feeds if it is migrated. */
export async function judgeReader(
  url: string,
  config: Config,
  sql: Sql,
  isMigrated: boolean,
): Promise<Judged> {
  const tables = isMigrated ? await feedTables(sql) : [];
  const judge = ({ role, unreadable, seesValues }: Role): Judged => {
    if (unreadable.length > 0) {
      const fix = `GRANT sluice_viewer TO ${role}, and SELECT on the tables of other feeds than events; ${SETUP}`;
      return { state: 'wrong', found: `${role} may not read ${unreadable.join(', ')}`, fix };
    }
    const values = seesValues ? 'rejects and conflicts as well' : 'but neither rejects nor conflicts';
    return { state: 'ok', found: `${role} reads rows and ledger, ${values}` };
  };
  return await asRole(url, config, sql, 'DATABASE_READ_URL', judge, tables);
}

async function asRole(
  url: string,
  config: Config,
  sql: Sql,
  setting: string,
  judge: (role: Role) => Judged,
  tables: readonly string[] = [],
): Promise<Judged> {
  const other = connectPostgres(url, 'doctor', config);
  try {
    const [own, found] = await Promise.all([roleOf(sql), answerOf(url, roleOf(other, tables))]);
    if (own.database === found.database) return judge(found);
    return {
      state: 'wrong',
      found: 'it leads to another database than DATABASE_URL',
      fix: `name the same server and database in ${setting}, with another user`,
    };
  } finally {
    await other.end({ timeout: 1 });
  }
}
