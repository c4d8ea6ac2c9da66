import { expect, it } from 'vitest';
import { history, type Rule } from './keep-model.ts';

/** Of how many histories; KEEP_HISTORIES=50000 tries more. */
const COUNT = Number(process.env.KEEP_HISTORIES ?? 2_000);

const violated = (without: readonly Rule[]) =>
  Array.from({ length: COUNT }, (_, seed) => seed).find((seed) => history(seed, without) !== undefined);

it('a feed that keeps every record has each of them once in every history, and each of its rules is needed for that', () => {
  expect(violated([])).toBeUndefined();
  for (const rule of ['one_open', 'supersede', 'same_content', 'new_content', 'release'] as const)
    expect(violated([rule]), rule).toBeDefined();
});
