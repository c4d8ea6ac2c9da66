import { launch } from '@sluice/process/launch';

await launch('worker', () => import('./program.ts'));
