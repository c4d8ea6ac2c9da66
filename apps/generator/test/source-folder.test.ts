import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type NewFile, placeFile, prepareFolder } from '../src/source-folder.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-generator-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const file: NewFile = {
  feed: 'events',
  named: (seconds, n) => `events_${seconds}_${n}.csv`,
  content: 'x,y\n',
};

test('a file is complete under its name, and no temporary file stays', async () => {
  const { name } = await placeFile(dir, 1, file);
  expect(name).toMatch(/^events_\d+_1\.csv$/);
  expect(readdirSync(dir)).toEqual([name]);
  expect(readFileSync(join(dir, name), 'utf8')).toBe('x,y\n');
});

test('generators that begin in the same second overwrite nothing', async () => {
  const written = await Promise.all([1, 2, 3, 4].map((first) => placeFile(dir, first, file)));
  const again = [await placeFile(dir, 1, file), await placeFile(dir, 1, file)];
  expect(readdirSync(dir).sort()).toEqual([...written, ...again].map(({ name }) => name).sort());
  expect(readdirSync(dir)).toHaveLength(6);
});

test.each(['ENOSPC', 'EDQUOT'])(
  'a full disk (%s) is told with a hint and leaves no half file',
  async (code) => {
    const full = async (path: string): Promise<void> => {
      writeFileSync(path, 'half');
      throw Object.assign(new Error('write'), { code });
    };
    await expect(placeFile(dir, 1, file, full)).rejects.toMatchObject({
      message: expect.stringContaining(`the disk is full`),
      hint: expect.stringContaining('free some space'),
    });
    expect(readdirSync(dir)).toEqual([]);
  },
);

test('old temporary files of a killed generator are removed, young ones and those of others are not', async () => {
  const names = ['.events_1_1_9.csv.tmp', '.events_1_2_9.csv.tmp', '.other.csv.tmp', 'events_1_1.csv'];
  for (const name of names) writeFileSync(join(dir, name), '');
  for (const name of names.slice(1)) utimesSync(join(dir, name), 1, 1);
  await prepareFolder(dir, 'events');
  expect(readdirSync(dir).sort()).toEqual(['.events_1_1_9.csv.tmp', '.other.csv.tmp', 'events_1_1.csv']);
});
