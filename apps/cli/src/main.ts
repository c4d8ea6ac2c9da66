import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// From the second time on, compiled code is loaded from there, which halves the start of a command and of the processes that it
// starts. It must be set before any other module is loaded. Where nothing can be written, Node goes on without it.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../../../.cache/node', import.meta.url));
enableCompileCache(process.env.NODE_COMPILE_CACHE);
const { run } = await import('./program.ts');
await run();
