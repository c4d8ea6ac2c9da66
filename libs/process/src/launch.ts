import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { freshPrograms, TOP } from './built.ts';
import { hearsKillPoints } from './kill-points.ts';

/** The programs that are also built into one file. */
export type Program = 'sluice' | 'watcher' | 'worker' | 'generator';

/**
 * A module that is loaded before the program may work only with modules that it shares with the program. The one of the crash lab
 * does not, because kill points reach it in every program.
 */
function needsSource(): boolean {
  const preloaded = process.execArgv.filter((flag) => flag.startsWith('--import')).length;
  return preloaded > (hearsKillPoints() ? 1 : 0) || (process.env.NODE_OPTIONS ?? '').includes('--import');
}

/**
 * Runs a program: the built one if it is the same as the source, else the source. Loading a few files takes a third of the time
 * of loading the 800 that they are made from. Compiled code is kept for the next start. This module imports as little of Sluice as
 * can be, because all that is loaded here is loaded in addition.
 */
export async function launch(program: Program, fromSource: () => Promise<unknown>): Promise<void> {
  // Where nothing can be written, Node goes on without it. The processes that this one starts use it too.
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('.cache/node', TOP));
  enableCompileCache(process.env.NODE_COMPILE_CACHE);
  // BullMQ writes its small messages as quickly without the native part of msgpackr, and looking for that part delays the start.
  process.env.MSGPACKR_NATIVE_ACCELERATION_DISABLED ??= 'true';
  const built = needsSource() ? undefined : freshPrograms(TOP);
  if (built === undefined) {
    await fromSource();
    return;
  }
  await import(new URL(`${program}.js`, built).href);
}
