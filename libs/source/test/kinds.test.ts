import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

/** They touch files of people or of settings, never those of a source. */
const OF_PEOPLE = [
  'libs/pipeline/src/operate/corrected-file.ts',
  'libs/pipeline/src/operate/lint.ts',
  'libs/pipeline/src/refuse-folders.ts',
];

const KNOWS_A_KIND =
  /node:fs|\bE(?:NOENT|ACCES|PERM|XDEV|IO)\b|\b(?:s3|sftp):\/\/|'(?:s3|sftp)'|SourceFolder/;

test('no stage, command or watcher knows of which kind a source is: neither its files, nor its codes, nor its scheme', () => {
  const knowing = ['libs/pipeline/src', 'apps/watcher/src', 'apps/worker/src'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((path) => `${folder}/${path}`)
      .filter((path) => path.endsWith('.ts') && !OF_PEOPLE.includes(path))
      .filter((path) => KNOWS_A_KIND.test(readFileSync(join(ROOT, path), 'utf8'))),
  );
  expect(knowing).toEqual([]);
});
