import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentOf, ExpansionFault, sourceAt } from '../src/index.ts';

/** Archives that Python's zipfile has made (archives/make.py), so that our reading is not checked against our own writing. */
const folder = join(import.meta.dirname, 'archives');
const source = sourceAt(folder, { claim: () => 'own' });

const TEXT = Array.from({ length: 12_000 }, (_, i) => `${i},row\n`).join('');

async function read(name: string) {
  await using opened = await source.open(name);
  if (opened === undefined) throw new Error(`${name} is not there`);
  let text = '';
  let largest = 0;
  try {
    for await (const block of contentOf(opened, name, 200)) {
      text += Buffer.from(block).toString('latin1');
      largest = Math.max(largest, block.length);
    }
  } catch (error) {
    if (!(error instanceof ExpansionFault)) throw error;
    return { text, fault: `${error.reason}: ${error.detail}` };
  }
  return { text, largest, hash: opened.givenHash() };
}

describe('a zip archive', () => {
  it.each(['one', 'stored', 'streamed', 'commented'])(
    'of one file is read as that file, and hashed as a whole (%s)',
    async (name) => {
      const { text, largest, hash } = await read(`${name}.zip`);
      expect(text === TEXT).toBe(true);
      expect(largest).toBeLessThanOrEqual(65_536);
      expect(hash).toBe(
        createHash('sha256')
          .update(readFileSync(join(folder, `${name}.zip`)))
          .digest('hex'),
      );
    },
  );

  it('of one empty file is empty', async () => {
    expect(await read('empty-file.zip')).toMatchObject({ text: '' });
  });

  it.each([
    ['none', 'archive: it is empty'],
    ['two', 'archive: it holds 2 files, and only an archive of one is read'],
    ['mac', 'which "zip -X FILE.zip FILE" does not do'],
    ['hidden', 'archive: it holds several files'],
    ['folder', 'archive: it holds a folder and no file'],
    ['absolute', 'archive: the name of its file leads out of the archive'],
    ['out', 'archive: the name of its file leads out of the archive'],
    ['bzip2', 'archive: its file is compressed by method 12'],
    ['encrypted', 'archive: its file is encrypted'],
    ['bomb', 'expansion: expands to more than 200 times its size'],
    ['beyond', 'archive: its directory is damaged'],
    ['prefix', 'archive: its directory is damaged'],
    ['cut', 'archive: its directory is damaged'],
    ['text', 'archive: its directory is damaged, or it is no zip archive'],
    ['nothing', 'archive: its directory is damaged, or it is no zip archive'],
  ])('gives nothing before it is refused (%s)', async (name, fault) => {
    const found = await read(`${name}.zip`);
    expect(found).toEqual({ text: '', fault: expect.stringContaining(fault) });
    expect(found.fault).not.toContain('passwd');
  });

  it.each([
    ['crc', 'compression: its checksum is wrong'],
    ['long', 'compression: its file is longer than the archive says'],
    ['short', 'compression: its file is shorter than the archive says'],
    ['lying-bomb', 'compression: its file is longer than the archive says'],
    ['damaged', 'compression: '],
  ])('is read as far as it is sound (%s)', async (name, fault) => {
    const found = await read(`${name}.zip`);
    expect(found.fault).toContain(fault);
    expect(found.text.length).toBeLessThanOrEqual(TEXT.length);
    expect(TEXT.startsWith(found.text.slice(0, 20)) || name === 'lying-bomb').toBe(true);
  });

  it('tells a source that fails from an archive that is damaged', async () => {
    await using opened = await source.open('one.zip');
    if (opened === undefined) throw new Error('it is not there');
    opened.readAt = async () => {
      throw new Error('the source is away');
    };
    await expect(contentOf(opened, 'one.zip', 200).next()).rejects.toThrow('the source is away');
  });
});
