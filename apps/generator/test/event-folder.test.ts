import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareFolder, writeEventFile } from '../src/event-folder.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-generator-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const rows = [{ kind: 'fresh', id: 'x', line: 'x,y' }] as const;

test('a file is complete under its name, and no temporary file stays', async () => {
  const { name } = await writeEventFile(dir, 1, rows);
  expect(name).toMatch(/^events_\d+_1\.csv$/);
  expect(readdirSync(dir)).toEqual([name]);
  expect(readFileSync(join(dir, name), 'utf8')).toMatch(/^event_id,.*,price\nx,y\n$/);
});

test('generators that begin in the same second overwrite nothing', async () => {
  const written = await Promise.all([1, 2, 3, 4].map((first) => writeEventFile(dir, first, rows)));
  const again = [await writeEventFile(dir, 1, rows), await writeEventFile(dir, 1, rows)];
  expect(readdirSync(dir).sort()).toEqual([...written, ...again].map(({ name }) => name).sort());
  expect(readdirSync(dir)).toHaveLength(6);
});

test.each(['ENOSPC', 'EDQUOT'])(
  'a full disk (%s) is told with a hint and leaves no half file',
  async (code) => {
    const full = async (file: string): Promise<void> => {
      writeFileSync(file, 'half');
      throw Object.assign(new Error('write'), { code });
    };
    await expect(writeEventFile(dir, 1, rows, full)).rejects.toMatchObject({
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
  await prepareFolder(dir);
  expect(readdirSync(dir).sort()).toEqual(['.events_1_1_9.csv.tmp', '.other.csv.tmp', 'events_1_1.csv']);
});
