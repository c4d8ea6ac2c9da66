import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cellAt, copyCells, events, type ParsedRow, Rows, unescaped } from '../src/index.ts';

const cell = fc.string({ unit: fc.constantFrom(...'ab,\\\n\r"é'), maxLength: 5 });

function rowsOf(cells: readonly (readonly string[])[], gaps: readonly (readonly number[])[]): Rows {
  let next = 1;
  const parsed = cells.map((values, i): ParsedRow => {
    const [gap = 0, more = 0] = gaps[i] ?? [];
    const [line, lastLine] = [next + gap, next + gap + more];
    next = lastLine + 1;
    const named = events.fields.map(({ name }, at) => [name, values[at] || null] as const);
    return { ...Object.fromEntries(named), sluice_line: line, sluice_last_line: lastLine };
  });
  return Rows.of(events, parsed);
}

const { length } = events.fields;
const someRows = fc.array(
  fc.tuple(
    fc.array(cell, { minLength: length, maxLength: length }),
    fc.tuple(fc.nat({ max: 1 }), fc.nat({ max: 2 })),
  ),
  { maxLength: 6 },
);

test('one cell of a line is that of the whole line', () => {
  fc.assert(
    fc.property(someRows, fc.nat({ max: length }), (some, position) => {
      for (const line of rowsOf(...both(some))
        .text.split('\n')
        .slice(0, -1)) {
        const cell = copyCells(line, '')[position] ?? '';
        expect(unescaped(cellAt(line, position))).toEqual(cell);
      }
    }),
  );
});

test('the place of one row is the one that all of them say', () => {
  fc.assert(
    fc.property(someRows, (some) => {
      const rows = rowsOf(...both(some));
      const places = [...rows.lines()];
      expect(places.map((_, i) => rows.placeOf(i))).toEqual(places);
    }),
  );
});

function both<T, U>(pairs: readonly (readonly [T, U])[]): [T[], U[]] {
  return [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
}
