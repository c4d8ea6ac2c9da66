import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectPostgres } from '@sluice/ledger';

// The statements of the cron script, where there is no psql. Arguments: folder, table, columns. The address of the server is in
// BENCH_URL, because arguments can be read by others.

const [folder = '', table = '', columns = ''] = process.argv.slice(2);
const pool = connectPostgres(process.env.BENCH_URL ?? '', 'bench');
const session = await pool.reserve();
await session.unsafe(
  `CREATE TEMPORARY TABLE landed (LIKE ${table} INCLUDING DEFAULTS) ON COMMIT DELETE ROWS`,
);
for (const name of readdirSync(folder)) {
  try {
    await session`BEGIN`;
    const copy = readFileSync(join(folder, name), 'utf8');
    await session.unsafe(`COPY landed (${columns}) FROM STDIN (FORMAT csv, HEADER)`, [], { copy });
    await session.unsafe(
      `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM landed ON CONFLICT DO NOTHING`,
    );
    await session`COMMIT`;
  } catch (error) {
    // As psql does: it complains, and goes on with the next file.
    process.stderr.write(`Error: ${error instanceof Error ? error.message : String(error)}\n`);
    await session`ROLLBACK`;
  }
}
session.release();
await pool.end();
