import { launch } from '@sluice/process/launch';

await launch('sluice', () => import('./program.ts'));
