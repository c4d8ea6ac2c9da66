import { setTimeout as delay } from 'node:timers/promises';
import { mistakeLine } from '@sluice/feeds';
import { checkSchema, classify, PostgresFailure } from '@sluice/ledger';
import { ConfigError, codeOf, ErrorWithHint } from '@sluice/process';
import type { Feed } from './feed.ts';
import { fitOfTables } from './load/aside.ts';
import { refuseFolders } from './refuse-folders.ts';
import type { FeedStores, Stores } from './stores.ts';

const CONNECT_WITHIN_MS = 30_000;
/** How long a source folder may take to answer. */
const ANSWER_WITHIN_MS = 5_000;

/**
 * Checks at the start of an app that it can work: a feed is there and its folder can be read, PostgreSQL accepts the connection and has
 * the schema of this program, and Redis does not evict data. A feed whose table does not fit is told of: it is set aside until it does.
 * PostgreSQL gets 30 s to answer each question. Redis is waited for without a limit, because its connection logs that it is away and
 * comes back by itself.
 *
 * @param o.watches a watcher needs the YAML of a feed; other apps also work for feeds that only the ledger knows
 */
export async function checkStart(
  stores: FeedStores,
  stopping: AbortSignal,
  { watches = false }: { readonly watches?: boolean } = {},
): Promise<void> {
  await refuseFolders(stores.config);
  await whenPostgresAnswers(stores, stopping, () => checkSchema(stores.sql));
  await whenPostgresAnswers(stores, stopping, () => stores.feeds.refresh());
  await checkFeeds(stores, watches);
  await whenPostgresAnswers(stores, stopping, () => tellOfTables(stores));
  await checkRedis(stores, stopping);
}

/** A feed that is wrong, or whose folder cannot be read, stops no other one. */
async function checkFeeds(
  { feeds, log, config }: Pick<Stores, 'feeds' | 'log' | 'config'>,
  watches: boolean,
): Promise<void> {
  const mistakes = feeds.mistakes.map((mistake) => mistakeLine(mistake, config.cwd));
  const declared = feeds.list().filter(({ name }) => feeds.declared(name) !== undefined);
  if ((watches ? declared : feeds.list()).length === 0) {
    if (mistakes.length > 0) throw new ConfigError(mistakes.join('\n'));
    const hint =
      'put the YAML of a feed there ("npm run sluice -- feed init my.csv"), or set FEEDS_DIR to another folder';
    throw new ErrorWithHint(`there is no feed in ${config.feedsDir}`, hint);
  }
  for (const yaml of mistakes) log.error({ yaml }, 'the YAML of a feed is wrong: the other feeds go on');
  const troubles = await Promise.all(declared.map(folderTrouble));
  const bad = troubles.filter((trouble) => trouble !== undefined);
  if (bad.length === declared.length && bad[0] !== undefined) throw bad[0];
  for (const { message, hint } of bad) log.error({ hint }, `${message}: the other feeds go on`);
}

/** Undefined when the folder can be read, or does not answer: the watcher says that. */
async function folderTrouble({ source, name }: Feed): Promise<ErrorWithHint | undefined> {
  const patience = new AbortController();
  try {
    const looked = source.ensure();
    await Promise.race([looked, delay(ANSWER_WITHIN_MS, undefined, { signal: patience.signal })]);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    const hint =
      'let this user read and enter the folder, or set SOURCE_DIR or "source" in its YAML to another one';
    return new ErrorWithHint(
      `the source folder ${source.path} of the feed ${name} cannot be read (${code})`,
      hint,
    );
  } finally {
    patience.abort();
  }
}

/** Says which feeds cannot fill their tables, and what to do: the table is not there, differs, or may not be written to. */
export async function tellOfTables({ sql, log }: Pick<Stores, 'sql' | 'log'>): Promise<void> {
  for (const [feed, misfit] of await fitOfTables(sql)) {
    if (misfit === undefined) continue;
    const { text, hint } = misfit;
    log.error({ feed, hint }, `the feed ${feed} cannot be loaded: ${text}`);
  }
}

/** Does what asks PostgreSQL, again and again until it answers: it may start later than this app, and may go away at any time. */
async function whenPostgresAnswers(
  { log }: Pick<Stores, 'log'>,
  stopping: AbortSignal,
  work: () => Promise<unknown>,
): Promise<void> {
  const began = performance.now();
  for (let told = false; ; told = true) {
    try {
      await work();
      return;
    } catch (error) {
      const failure = classify(error);
      const outage = failure instanceof PostgresFailure && failure.kind === 'outage';
      if (!outage || stopping.aborted) throw failure;
      // Waiting does not help here: a wrong certificate will still be wrong in half a minute.
      if (failure.hint !== undefined) throw new ErrorWithHint(failure.message, failure.hint);
      if (performance.now() - began > CONNECT_WITHIN_MS) {
        throw new ErrorWithHint(failure.message, 'start PostgreSQL, or set DATABASE_URL to where it is');
      }
      if (!told) log.warn({ reason: failure.message }, 'PostgreSQL is away: waiting for it');
      await delay(500);
    }
  }
}

async function checkRedis({ redis }: Pick<Stores, 'redis'>, stopping: AbortSignal): Promise<void> {
  const { evictionPolicy: policy, replica } = await redis.stateWhenReady(stopping);
  if (replica) throw new ErrorWithHint('Redis is a read-only replica', 'point REDIS_URL at the primary');
  if (policy === 'noeviction') return;
  const hint =
    'set maxmemory-policy to noeviction (redis-cli CONFIG SET maxmemory-policy noeviction, and in its configuration)';
  throw new ErrorWithHint(
    `Redis may throw away jobs and staged rows: its maxmemory-policy is ${policy}`,
    hint,
  );
}
