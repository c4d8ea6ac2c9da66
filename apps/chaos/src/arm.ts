import { onKillPoint } from '@sluice/process/kill-points';
import { LAB_VARIABLE } from './lab-variable.ts';
import type { Order } from './order.ts';

// This module is loaded into an app before its main (`node --import`). It obeys the lab, which alone has the IPC channel.
// Processes that the app starts load this module too, but they do not inherit the variable. It shares no module with a built app,
// and an app is started many times in a run, so the schema of an order is loaded with the first one.

if (process.env[LAB_VARIABLE] !== undefined) {
  delete process.env[LAB_VARIABLE];
  obey();
} else {
  // Says to the launch of the program that this module works beside a built one.
  onKillPoint(() => undefined);
}

function obey(): void {
  const setBack = clock();
  let armed: Order['kill'];
  let passed = 0;
  onKillPoint((point) => {
    if (point !== armed?.point) return;
    passed += 1;
    if (passed >= armed.nth) process.kill(process.pid, 'SIGKILL');
  });
  process.on('message', async (message) => {
    const { order } = await import('./order.ts');
    const { kill, clockBack } = order.parse(message);
    armed = kill;
    passed = 0;
    setBack(clockBack);
  });
}

/** Replaces the app's clock. Returns a function that sets the clock back by a number of milliseconds. */
function clock(): (ms: number) => void {
  let back = 0;
  const TrueDate = Date;
  const trueNow = Date.now;
  const install = () => {
    TrueDate.now = () => trueNow() - back;
    globalThis.Date = new Proxy(TrueDate, {
      construct: (target, given, self) =>
        Reflect.construct(target, given.length === 0 ? [target.now()] : given, self),
      apply: () => new TrueDate(TrueDate.now()).toString(),
    });
  };
  return (ms) => {
    if (back === 0 && ms > 0) install();
    back = ms;
  };
}
