import fsOfCallbacks from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** A preload for apps under test: whoever opens this file dies at once, as of a fault that no code can catch. */
const [open, openSync] = [fs.open, fsOfCallbacks.openSync];
function dieOf(path: unknown): void {
  if (String(path).endsWith('/killer.csv')) process.kill(process.pid, 'SIGKILL');
}
fs.open = async (path, ...rest) => {
  dieOf(path);
  return await open(path, ...rest);
};
fsOfCallbacks.openSync = (path, ...rest) => {
  dieOf(path);
  return openSync(path, ...rest);
};
syncBuiltinESMExports();
