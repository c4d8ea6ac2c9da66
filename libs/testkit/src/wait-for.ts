import { setTimeout as pause } from 'node:timers/promises';

/**
 * Polls until the condition returns something other than false, null or undefined, and returns that value.
 * @param o.what names the awaited thing in the error: "waited 30 s for …"
 * @throws Error when that takes longer than `timeoutMs` (default 30 s); its cause is the last error of the condition
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  o: { readonly what: string; readonly timeoutMs?: number; readonly everyMs?: number },
): Promise<Exclude<T, false | null | undefined>> {
  const timeoutMs = o.timeoutMs ?? 30_000;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const value = await condition();
      if (value !== false && value !== null && value !== undefined) {
        return value as Exclude<T, false | null | undefined>;
      }
    } catch (error) {
      cause = error; // Reported only if the condition is never met.
    }
    if (performance.now() > deadline) {
      const reason = cause instanceof Error ? ` (last: ${cause.message})` : '';
      throw new Error(`waited ${timeoutMs / 1000} s for ${o.what}${reason}`, { cause });
    }
    await pause(o.everyMs ?? 50);
  }
}
