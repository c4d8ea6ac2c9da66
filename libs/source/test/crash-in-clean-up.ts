import { onKillPoint } from '@sluice/process';
import { sourceAt } from '../src/index.ts';

// Cleans up one file, and ends itself by SIGKILL at a kill point, as the conformance tests ask for by an argument of JSON.
const { place, archive, file, point } = JSON.parse(process.argv[2] ?? '');
onKillPoint((passed) => {
  if (passed === point) process.kill(process.pid, 'SIGKILL');
});
await sourceAt(place).dispose(file, { kind: 'move', folder: archive, announce: async () => undefined });
