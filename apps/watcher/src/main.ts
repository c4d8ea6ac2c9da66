import { launch } from '@sluice/process/launch';

await launch('watcher', () => import('./program.ts'));
