import { setImmediate as turn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { ownTurn } from '../src/load/turns.ts';

let now = performance.now();

/** The most steps within one turn of the event loop, when four parses make 30 steps each that take so many ms. */
async function mostInOneTurn(ms: number): Promise<number> {
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  // The turn before this has ended long ago.
  now += 60_000;
  let [steps, most, working] = [0, 0, 4];
  const parse = async () => {
    for (let i = 0; i < 30; i += 1) {
      await ownTurn();
      now += ms;
      steps += 1;
    }
    working -= 1;
  };
  const parses = [parse(), parse(), parse(), parse()];
  while (working > 0) {
    await turn();
    most = Math.max(most, steps);
    steps = 0;
  }
  await Promise.all(parses);
  clock.mockRestore();
  return most;
}

test.each([
  [25, 1],
  [2, 3],
  [1, 5],
])(
  'parses whose steps take %s ms make %s of them, all together, before other work gets its turn',
  async (ms, steps) => {
    expect(await mostInOneTurn(ms)).toBe(steps);
  },
);
