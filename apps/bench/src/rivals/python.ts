import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Rival } from './rival.ts';

/** A rival that is a script for Python with libraries from PyPI. */
const inPython =
  (script: string, what: string, modules: string, packages: string, ownTable = false) =>
  (python: string): Rival => ({
    ...{ what, ownTable },
    missing: () =>
      spawnSync(python, ['-c', `import ${modules}`]).status === 0
        ? undefined
        : `${python} lacks it: pip install ${packages}`,
    command: ({ folder, table, columns, key }) => ({
      command: python,
      args: [
        fileURLToPath(new URL(script, import.meta.url)),
        folder,
        table,
        columns.join(','),
        key.join(','),
      ],
      input: '',
    }),
  });

export const duckDb = inPython(
  'duckdb_load.py',
  'DuckDB: reads all files at once, takes one row of each key, inserts them through its extension for PostgreSQL',
  'duckdb, duckdb_extensions',
  'duckdb==1.5.5 duckdb-extensions duckdb-extension-postgres-scanner',
);

export const dlt = inPython(
  'dlt_load.py',
  'dlt: reads the files as Arrow tables, and merges them by the key',
  'dlt, psycopg2, pyarrow',
  '"dlt[postgres,parquet]"',
  true,
);
