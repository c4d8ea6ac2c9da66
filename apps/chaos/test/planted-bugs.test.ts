import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PLANTED_BUGS, type PlantedBug } from '../src/planted-bugs.ts';

const TOP = new URL('../../../', import.meta.url);

test.each(Object.entries<PlantedBug>(PLANTED_BUGS))(
  'each edit of the bug %s has exactly one place in the source',
  (_, { edits }) => {
    const places = edits.map(
      ({ file, find }) => readFileSync(new URL(file, TOP), 'utf8').split(find).length - 1,
    );
    expect(places).toEqual(edits.map(() => 1));
  },
);
