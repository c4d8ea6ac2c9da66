import { testLedger, waitFor } from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { commitBatch, connectPostgres, PostgresFailure, type Sql, verify } from '../src/index.ts';
import { payload, registered, row } from './staged.ts';

let sql: Sql;
/** Holds locks, looks and kills. */
let other: Sql;
let url: string;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await testLedger();
  ({ url, drop } = database);
  other = connectPostgres(url, 'other');
  // Says of each row which statement has brought it.
  await other.unsafe(`
    CREATE TABLE brought (event_id uuid, by text);
    CREATE FUNCTION note_bringer() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO brought VALUES (NEW.event_id, substring(current_query() FROM 'COPY|INSERT')); RETURN NULL; END $$;
    CREATE TRIGGER note_bringer AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION note_bringer();`);
});

beforeEach(() => {
  sql = connectPostgres(url, 'test');
});

afterEach(async () => {
  await sql.end();
});

afterAll(async () => {
  await other.end();
  await drop();
});

const batch = () => crypto.randomUUID();
const problems = async () => [...(await verify(other)).problems];

/** How many of these rows came by each statement. */
async function bringers(ids: readonly unknown[]): Promise<Record<string, number>> {
  const found = await other<{ by: string; n: number }[]>`
    SELECT by, count(*)::int AS n FROM brought WHERE event_id = ANY (${ids.map(String)}) GROUP BY 1`;
  return Object.fromEntries(found.map(({ by, n }) => [by, n]));
}

async function trigger(body: string): Promise<() => Promise<unknown>> {
  await other.unsafe(`
    CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;
    CREATE TRIGGER meddle BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION meddle();`);
  return () => other.unsafe('DROP TRIGGER meddle ON events; DROP FUNCTION meddle();');
}

describe('a commit copies the new rows', () => {
  it('and compares only the others, in a table that has some of their keys', async () => {
    const [known, twice, fresh] = [row(), row(), row()];
    await commitBatch(sql, batch(), [payload(await registered(sql, 'known.csv'), 1, [known], 1)]);
    const no = await registered(sql, 'copied.csv');
    const rows = [
      { ...known, user_id: 'other' },
      twice,
      { ...twice, sluice_line: 900 },
      fresh,
      { ...twice, sluice_line: 901, price: '9.00' },
    ];
    expect(await commitBatch(sql, batch(), [payload(no, 1, rows, 5)])).toMatchObject({
      records: 5,
      inserted: 2,
      duplicates: 3,
      conflicts: 2,
    });
    expect(await bringers([known, twice, fresh].map(({ event_id }) => event_id))).toEqual({ COPY: 3 });
    expect(await problems()).toEqual([]);
  });

  it('but inserts them where a trigger or a rule would treat a COPY otherwise', async () => {
    const undo = await trigger('RETURN NEW;');
    const one = row();
    await commitBatch(sql, batch(), [payload(await registered(sql, 'triggered.csv'), 1, [one], 1)]);
    expect(await bringers([one.event_id])).toEqual({ INSERT: 1 });
    await undo();
  });
});

describe('a COPY that goes wrong', () => {
  it('is followed by the INSERT, which says what the table refuses, and leaves nothing (I2)', async () => {
    await other`ALTER TABLE events ADD CONSTRAINT no_secret CHECK (event_type <> 'secret')`;
    const no = await registered(sql, 'refused.csv');
    const rows = [row(), row(undefined, 'secret')];
    const refused = commitBatch(sql, batch(), [payload(no, 1, rows, 2)]);
    await expect(refused).rejects.toMatchObject({ kind: 'data', sqlstate: '23514', constraint: 'no_secret' });
    await other`ALTER TABLE events DROP CONSTRAINT no_secret`;
    expect(await commitBatch(sql, batch(), [payload(no, 1, rows, 2)])).toMatchObject({ inserted: 2 });
    expect(await problems()).toEqual([]);
  });

  test.each([
    ['drops rows', "IF NEW.event_type = 'x' THEN RETURN NULL; END IF; RETURN NEW;"],
    ['changes keys', "IF NEW.event_type = 'x' THEN NEW.event_id := gen_random_uuid(); END IF; RETURN NEW;"],
  ])('because a trigger that was made meanwhile %s is found out (I7)', async (_, body) => {
    // The session knows the table without its trigger.
    await commitBatch(sql, batch(), [payload(await registered(sql, `before-${_}.csv`), 1, [row()], 1)]);
    const undo = await trigger(body);
    const no = await registered(sql, `meddled-${_}.csv`);
    const chunk = payload(no, 1, [row(), row(undefined, 'x')], 2);
    await expect(commitBatch(sql, batch(), [chunk])).rejects.toMatchObject({ sqlstate: 'SL002' });
    await undo();
    expect(await commitBatch(sql, batch(), [chunk])).toMatchObject({ inserted: 2 });
    expect(await problems()).toEqual([]);
  });

  test('because another commit brings in its keys at the same moment looks again', async () => {
    const rows = [row(), row(), row()];
    const [one, two] = [await registered(sql, 'one.csv'), await registered(sql, 'two.csv')];
    const commit = await other.begin(async (holder) => {
      await holder`
        INSERT INTO events (event_id, event_type, product_id, user_id, event_timestamp, price)
        VALUES (${String(rows[1]?.event_id)}, 'view', 'p', 'u', '2026-01-01', 1)`;
      const waiting = commitBatch(sql, batch(), [payload(one, 1, rows, 3)]);
      await waitsForLock();
      return { waiting };
    });
    expect(await commit.waiting).toMatchObject({ inserted: 2, duplicates: 1, conflicts: 0 });
    await other`DELETE FROM events WHERE event_id = ${String(rows[1]?.event_id)}`;
    expect(await commitBatch(sql, batch(), [payload(two, 1, rows, 3)])).toMatchObject({ inserted: 1 });
    expect(await bringers(rows.map(({ event_id }) => event_id))).toEqual({ COPY: 3, INSERT: 1 });
    expect(await problems()).toEqual([]);
  });

  test('because it deadlocks with another transaction is done again', async () => {
    const rows = [row('00000000-0000-4000-8000-000000000001'), row('00000000-0000-4000-8000-000000000002')];
    const no = await registered(sql, 'deadlock.csv');
    const insert = (holder: Pick<Sql, 'unsafe'>, n: number) =>
      holder.unsafe(
        `INSERT INTO events (event_id, event_type, product_id, user_id, event_timestamp, price)
         VALUES ('00000000-0000-4000-8000-00000000000${n}', 'view', 'p', 'u', '2026-01-01', 1)`,
      );
    const rolledBack = new Error('rolled back');
    let waiting: ReturnType<typeof commitBatch> | undefined;
    const holding = other.begin(async (holder) => {
      // The commit is the one that finds the deadlock.
      await holder`SET LOCAL deadlock_timeout = '60s'`;
      await insert(holder, 2);
      waiting = commitBatch(sql, batch(), [payload(no, 1, rows, 2)]);
      await waitsForLock();
      await insert(holder, 1);
      throw rolledBack;
    });
    await expect(holding).rejects.toBe(rolledBack);
    expect(await waiting).toMatchObject({ inserted: 2 });
    expect(await problems()).toEqual([]);
  });

  test.each([
    ['whose session is ended', (pid: number) => other`SELECT pg_terminate_backend(${pid})`, 'outage'],
    ['that runs out of its time', (pid: number) => other`SELECT pg_cancel_backend(${pid})`, 'transient'],
  ])('%s leaves nothing, and the batch can be committed again (I2)', async (name, end, kind) => {
    const no = await registered(sql, `${name}.csv`);
    const chunk = payload(no, 1, [row(), row()], 2);
    const waiting = await other.begin(async (holder) => {
      await holder`LOCK TABLE events IN SHARE MODE`;
      const waiting = commitBatch(sql, batch(), [chunk]).catch((error: unknown) => error);
      await end(await waitsForLock());
      return [await waiting];
    });
    expect(waiting).toEqual([expect.any(PostgresFailure)]);
    expect(waiting).toMatchObject([{ kind }]);
    expect(await commitBatch(sql, batch(), [chunk])).toMatchObject({ chunks: 1, inserted: 2 });
    expect(await problems()).toEqual([]);
  });
});

/** Waits until a commit waits for a lock of somebody else. Returns the process of its session. */
async function waitsForLock(): Promise<number> {
  let pid: number | undefined;
  await waitFor(
    async () => {
      const [found] = await other<{ pid: number }[]>`
        SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'sluice-test' AND wait_event_type = 'Lock'`;
      pid = found?.pid;
      return pid !== undefined;
    },
    { what: 'a commit that waits for a lock' },
  );
  return pid ?? 0;
}

test('commits that copy and commits that insert, at once, in which most keys are the same, are exact (I1, I3)', async () => {
  // A pool that has seen a trigger inserts until it asks the catalog again.
  const inserting = connectPostgres(url, 'test');
  const undo = await trigger('RETURN NEW;');
  await commitBatch(inserting, batch(), [payload(await registered(other, 'seen.csv'), 1, [row()], 1)]);
  await undo();
  const ids = Array.from({ length: 120 }, () => crypto.randomUUID());
  const owns = Array.from({ length: 24 }, () => crypto.randomUUID());
  const chunks = await Promise.all(
    owns.map(async (own, i) => {
      const no = await registered(other, `writer-${i}.csv`);
      const mixed = [...ids.slice((i % 6) * 10), own].sort(() => Math.random() - 0.5);
      return payload(
        no,
        1,
        mixed.map((id) => row(id, `type-${i}`)),
        mixed.length,
      );
    }),
  );
  const commits = await Promise.all(
    chunks.map((chunk, i) => commitBatch(i % 4 === 0 ? inserting : sql, batch(), [chunk])),
  );
  const sum = (of: 'records' | 'inserted' | 'duplicates' | 'conflicts') =>
    commits.reduce((total, commit) => total + commit[of], 0);
  expect(sum('inserted')).toBe(120 + 24);
  expect(sum('duplicates')).toBe(sum('records') - sum('inserted'));
  expect(sum('conflicts')).toBe(sum('duplicates'));
  expect(await bringers([...ids, ...owns])).toEqual({
    COPY: expect.any(Number),
    INSERT: expect.any(Number),
  });
  expect(await problems()).toEqual([]);
  await inserting.end();
});
