import { onKillPoint } from '@sluice/process';
import { LAB_VARIABLE, type Order, order } from './order.ts';

// Loaded into an app before its main (`node --import`). It obeys the lab, through the channel that only the lab has.
// Processes that the app itself starts load it too, but do not inherit the variable.

if (process.env[LAB_VARIABLE] !== undefined) {
  delete process.env[LAB_VARIABLE];
  obey();
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
  process.on('message', (message) => {
    const { kill, clockBack } = order.parse(message);
    armed = kill;
    passed = 0;
    setBack(clockBack);
  });
}

/** The app's own clock. Returns what sets it back by so many milliseconds. */
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
