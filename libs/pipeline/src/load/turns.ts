/** How long the parses of a process work in one turn of the event loop, besides one last group of records. */
const WORK_MS = 5;

const waiting: (() => void)[] = [];
let began = 0;

/**
 * Waits for another turn of the event loop if this one has lasted long enough, so that other jobs, and the renewal of their locks,
 * do not wait. Of the parses that wait, each turn lets one go on. All of them at once would add up to one long stall.
 */
export async function ownTurn(): Promise<void> {
  if (performance.now() - began < WORK_MS) return;
  await new Promise<void>((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(nextTurn);
  });
}

function nextTurn(): void {
  began = performance.now();
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(nextTurn);
}
