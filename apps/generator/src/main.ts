import { launch } from '@sluice/process/launch';

await launch('generator', () => import('./program.ts'));
