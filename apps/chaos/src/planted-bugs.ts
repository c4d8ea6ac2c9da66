import type { KillPoint } from '@sluice/process';
import type { FaultKind } from './plan.ts';

/** A piece of the product's source text, and the text that replaces it when the bug is planted. */
interface Edit {
  /** The path from the top of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A bug that the lab must find, and the faults that reveal it. */
export interface PlantedBug {
  readonly about: string;
  readonly edits: readonly [Edit, ...Edit[]];
  readonly faults: readonly FaultKind[];
  readonly points?: readonly KillPoint[];
  readonly kills: number;
  readonly files: number;
  readonly rows: number;
}

const CLAIM_SQL = 'libs/ledger/src/sql/commit/claim.sql';
const INSERT_SQL = 'libs/ledger/src/sql/parts/insert.sql';
const LOAD_SQL = 'libs/ledger/src/sql/parts/load.sql';
const BY_COPY = 'libs/ledger/src/commit/by-copy.ts';
const SORT_OUT = 'libs/ledger/src/commit/sort-out.ts';
const SMALL = { faults: ['kill'], kills: 12, files: 30, rows: 150 } as const;

/** The bugs by name. If an edit's text is no longer there, the run stops, because a bug that is not planted proves nothing. */
export const PLANTED_BUGS = {
  claim_left_out: {
    about: 'a chunk inserts and counts again whenever it comes (I3)',
    edits: [
      {
        file: CLAIM_SQL,
        find: 'FROM header JOIN claimed USING (file_no, first_line)',
        replace: 'FROM header',
      },
    ],
    ...SMALL,
    points: ['commit:committed'],
    files: 15,
    rows: 2_500,
  },
  ledger_outside_the_transaction: {
    about: 'the rows are inserted before the transaction of the ledger begins (I2)',
    edits: [
      {
        file: 'libs/ledger/src/commit/commit.ts',
        find: '      return await inTransaction(sql, (transaction) =>\n        commitByCopy(',
        replace: `      const { rowsOf } = await import('./payload.ts');
      const { execute } = await import('../statements.ts');
      for (const payload of payloadsOf(batches))
        for (const { fileNo, row } of rowsOf(payload, contract))
          await execute(table, 'commit/try-row', [JSON.stringify({ ...row, sluice_file: fileNo })]);
      return await inTransaction(sql, (transaction) =>
        commitByCopy(`,
      },
    ],
    ...SMALL,
  },
  claim_after_copy: {
    about: 'rows are copied and counted without regard to who has claimed their chunks (I3)',
    edits: [
      {
        file: BY_COPY,
        find: 'claimed.flatMap(({ at }) => offer.chunks[at] ?? [])',
        replace: 'offer.chunks',
      },
    ],
    ...SMALL,
    points: ['commit:committed'],
    files: 15,
    rows: 2_500,
  },
  finish_before_copy: {
    about: 'the ledger is committed before the rows are copied (I2)',
    edits: [
      { file: BY_COPY, find: '  await copyFresh(session, sorted);\n', replace: '' },
      {
        file: BY_COPY,
        find: "  killPoint('commit:in-transaction');",
        replace: `  await session.unsafe('COMMIT AND CHAIN');
  killPoint('commit:in-transaction');
  await copyFresh(session, sorted);`,
      },
    ],
    ...SMALL,
    points: ['commit:in-transaction'],
  },
  rows_swallowed_in_copy: {
    about: 'nobody counts the rows that the table took of a COPY (I7)',
    edits: [
      { file: BY_COPY, find: 'fresh.join(', replace: 'fresh.slice(Number(fresh.length > 9)).join(' },
      { file: BY_COPY, find: 'if (copied !== fresh.length)', replace: 'if (copied > fresh.length)' },
    ],
    ...SMALL,
  },
  plain_line_unproved: {
    about: 'a line is taken as it stands although the validator refuses it (I7)',
    edits: [
      {
        file: 'libs/core/src/contract/plain-number.ts',
        find: "const negative = unsigned || minimum !== undefined ? '' :",
        replace: "const negative = minimum !== undefined ? '' :",
      },
    ],
    ...SMALL,
    rows: 600,
  },
  batches_split_wrongly: {
    about: 'of batches that are committed together, only the rows of the first one are copied (I2)',
    edits: [
      {
        file: BY_COPY,
        find: 'claimed.flatMap(({ at }) => offer.chunks[at] ?? [])',
        replace: `claimed.flatMap(({ at }) => (at < (batches[0]?.payloads.length ?? 0) ? offer.chunks[at] ?? [] : []))`,
      },
    ],
    ...SMALL,
    files: 60,
    rows: 2_500,
  },
  unsorted_insert: {
    about: 'rows are inserted in the order of the file, so that two batches lock each other out',
    edits: [
      {
        file: 'libs/ledger/src/commit/offer.ts',
        find: '[...keys].sort()',
        replace: '[...keys].sort(() => Math.random() - 0.5)',
      },
      {
        file: INSERT_SQL,
        find: 'ORDER BY sluice_order, :key\nON CONFLICT',
        replace: 'ORDER BY random()\nON CONFLICT',
      },
    ],
    ...SMALL,
    files: 200,
    rows: 400,
  },
  checkpoint_before_register: {
    about: 'a file counts as seen before the ledger knows it',
    edits: [
      {
        file: 'libs/pipeline/src/intake/discover.ts',
        find: "    killPoint('discover:before-register');",
        replace: "    await feed.checkpoint.add(versions);\n    killPoint('discover:before-register');",
      },
    ],
    ...SMALL,
    points: ['discover:before-register'],
  },
  flush_not_atomic: {
    about: 'taking a batch forgets the references before the batch is noted',
    edits: [
      {
        file: 'libs/staging/src/lua/take-batch.lua',
        find: "redis.call('HSET', batches, batch, cjson.encode(refs))",
        replace: '',
      },
    ],
    ...SMALL,
    points: ['flush:taken'],
  },
  archive_before_commit: {
    about: 'a source file is archived when it was read, not when it was committed (I5)',
    edits: [
      {
        file: 'libs/pipeline/src/load/parse.ts',
        find: "  killPoint('parse:finished');",
        replace: `  const { mkdir, rename } = await import('node:fs/promises');
  const { source, place } = await stores.feeds.ofFile(file.name);
  await mkdir(place.archiveDir, { recursive: true });
  await rename(source.pathOf(file.name), \`\${place.archiveDir}/\${file.name}\`).catch(() => undefined);
  killPoint('parse:finished');`,
      },
    ],
    ...SMALL,
    faults: ['redis-wipe'],
    kills: 120,
  },
  reconcile_forgets: {
    about: 'files that were queued once are never looked at again (I4)',
    edits: [{ file: 'libs/pipeline/src/intake/watch.ts', find: '    await queue.restart();\n', replace: '' }],
    ...SMALL,
    faults: ['redis-wipe'],
    kills: 120,
    files: 150,
    rows: 400,
  },
  token_unchecked: {
    about: 'a file is read, and read on, although somebody has written to it',
    edits: [
      {
        file: 'libs/pipeline/src/load/parse-file.ts',
        find: 'if (source === undefined || source.opened.token !== token)',
        replace: 'if (source === undefined)',
      },
      {
        file: 'libs/pipeline/src/load/parse-file.ts',
        find: 'if (token !== this.#file.token) return false;',
        replace: 'return true;',
      },
    ],
    ...SMALL,
    files: 60,
  },
  staged_twice: {
    about: 'a chunk that is staged already is staged again',
    edits: [
      {
        file: 'libs/staging/src/lua/stage.lua',
        find: "  if is_known() then return { 'known', waiting } end\n  had = is_payload(chunk)\n",
        replace: '',
      },
      {
        file: 'libs/staging/src/lua/stage.lua',
        find: 'if not had and not noted then add(',
        replace: 'if not had then add(',
      },
    ],
    ...SMALL,
    points: ['parse:staged'],
    rows: 600,
  },
  duplicates_uncounted: {
    about: 'a duplicate within a batch counts as inserted (I1)',
    edits: [
      {
        file: SORT_OUT,
        find: 'delta.duplicates += 1;',
        replace: 'if (before === undefined) delta.duplicates += 1;',
      },
      {
        file: LOAD_SQL,
        find: 'WHERE NOT (sluice_nth = 1 AND (:key) IN (SELECT :key FROM inserted))',
        replace: 'WHERE NOT (:key) IN (SELECT :key FROM inserted)',
      },
    ],
    ...SMALL,
  },
  rules_unpinned: {
    about: 'each process cuts files by its own CHUNK_ROWS (I6)',
    edits: [
      {
        file: 'libs/pipeline/src/load/read-chunks.ts',
        find: 'recordFile(rules, contract, name)',
        replace: 'recordFile({ ...rules, chunkRows: 40 + (process.pid % 50) }, contract, name)',
      },
    ],
    ...SMALL,
    points: ['parse:staged'],
    rows: 600,
  },
  asynchronous_commit: {
    about: 'PostgreSQL confirms commits that a crash takes back, after their files were archived',
    edits: [
      {
        file: 'libs/ledger/src/client.ts',
        find: "      TimeZone: 'UTC',",
        replace: "      TimeZone: 'UTC',\n      synchronous_commit: 'off',",
      },
    ],
    ...SMALL,
    faults: ['pg-restart'],
    kills: 200,
    files: 120,
  },
} as const satisfies Record<string, PlantedBug>;

export type PlantedBugName = keyof typeof PLANTED_BUGS;
