import { setImmediate as turn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { Figures } from '../src/index.ts';

/** Does nothing else for more than two samples of an idle process. */
async function stall(): Promise<void> {
  const until = performance.now() + 500;
  while (performance.now() < until);
  // Now the sample that is late is taken.
  await turn();
  await turn();
}

test('a stall is told also by a process that had nothing to do before, whose event loop is sampled seldom', async () => {
  const used = vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 0, system: 0 });
  const figures = new Figures();
  expect(figures.read().process.cpuPercent).toBe(0);
  // The first sample only begins the next one.
  await stall();
  await stall();
  expect(figures.read().process.eventLoopMaxMs).toBeGreaterThan(100);
  used.mockRestore();
});
