import { onKillPoint } from '@sluice/process/kill-points';
import { sourceAt } from '../src/index.ts';

// Cleans up one file, and ends itself by SIGKILL at a kill point, as the conformance tests ask for by an argument of JSON.
const { place, options, archive, file, point, deep } = JSON.parse(process.argv[2] ?? '');
onKillPoint((passed) => {
  if (passed === point) process.kill(process.pid, 'SIGKILL');
});
const announce = async () => undefined;
await sourceAt(place, { options, deep }).dispose(file, { kind: 'move', to: archive, announce });
