import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { tempFolder } from '@sluice/testkit';
import { conforms, type Ground } from './conformance.ts';

async function folder(): Promise<Ground> {
  const top = tempFolder();
  const [place, archive, elsewhere] = ['input_data', 'archive', 'elsewhere'].map((name) =>
    join(top, name),
  ) as [string, string, string];
  const contents = (path: string): Record<string, string> =>
    Object.fromEntries(
      (existsSync(path) ? readdirSync(path, { recursive: true, withFileTypes: true }) : [])
        .filter((entry) => entry.isFile())
        .map(({ name, parentPath }) => [
          join(relative(path, parentPath), name),
          readFileSync(join(parentPath, name), 'utf8'),
        ]),
    );
  return {
    place,
    archive,
    oddNames: [
      ...[
        'a b.csv',
        'ü.csv',
        'u\u0308.csv',
        'a\nb.csv',
        'a\\b.csv',
        '-rf.csv',
        'o\'b"c.csv',
        '%2e%2e.csv',
        '*?[x].csv',
      ],
      ...[
        '..csv',
        '...',
        'a~2.csv',
        '文件.csv',
        '\u202egnp.csv',
        '🛒.csv',
        '\u007f.csv',
        `${'x'.repeat(251)}.csv`,
      ],
    ],
    outside: ['../a.csv', '/etc/passwd', 'a/../../b.csv', '..', '.', '', 'a/', 'sub/a.csv'],
    put: async (name, content) => {
      writeFileSync(join(top, 'draft'), content);
      mkdirSync(dirname(join(place, name)), { recursive: true });
      renameSync(join(top, 'draft'), join(place, name));
    },
    change: async (name, content) => writeFileSync(join(place, name), content),
    remove: async (name) => rmSync(join(place, name)),
    files: async () => contents(place),
    archived: async () => contents(archive),
    denied: async (name, work) => {
      chmodSync(join(place, name), 0o000);
      // Root may read everything: it becomes another account for a while.
      const root = process.geteuid?.() === 0;
      if (root) process.seteuid?.(65_534);
      try {
        return await work();
      } finally {
        if (root) process.seteuid?.(0);
        chmodSync(join(place, name), 0o644);
      }
    },
    away: async (work) => {
      renameSync(place, elsewhere);
      try {
        return await work();
      } finally {
        renameSync(elsewhere, place);
      }
    },
    async [Symbol.asyncDispose]() {
      rmSync(top, { recursive: true, force: true });
    },
  };
}

conforms('a folder', folder);
