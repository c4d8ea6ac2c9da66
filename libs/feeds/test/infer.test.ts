import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempFolder } from '@sluice/testkit';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { feedYaml, type Inspection, inspect } from '../src/index.ts';
import { SAMPLE_FILES, type SampleFile } from './sample-files.ts';

interface Yaml {
  readonly schema: {
    readonly missingValues?: string[];
    readonly fields: readonly { readonly name: string }[];
  };
}

async function inspected(files: SampleFile['files']): Promise<Inspection> {
  const folder = tempFolder();
  await mkdir(folder, { recursive: true });
  const paths = Object.keys(files).map((name) => join(folder, name));
  for (const [i, content] of Object.values(files).entries()) await writeFile(paths[i] ?? '', content);
  return inspect(paths);
}

describe.each(SAMPLE_FILES)('a sample with $kind', (sample) => {
  it('gives a feed with these fields and this key', async () => {
    const found = await inspected(sample.files);
    const { schema } = parse(feedYaml(found, { name: 'sample' })) as Yaml;
    expect(found.key).toEqual(sample.key);
    const open = Object.keys(sample.answers ?? {});
    expect(found.questions.map(({ column, word }) => column ?? word).sort()).toEqual(open.sort());
    for (const [name, words] of Object.entries(sample.fields)) {
      const field = schema.fields.find((one) => one.name === name);
      if (!open.includes(name))
        expect({ missingValues: schema.missingValues, ...field }).toMatchObject(words);
    }
    const lines = found.outliers.flatMap(({ places }) => places.map(({ line }) => line));
    expect(lines.sort((a, b) => a - b)).toEqual(sample.rejects ?? []);
  });
});
