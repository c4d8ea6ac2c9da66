import { setTimeout as delay } from 'node:timers/promises';

const SETTLES_WITHIN_MS = 20_000;

/** Settles with what `question` came to, or says that it never did. */
export async function settled<T>(question: Promise<T>): Promise<{ answer: T } | { error: Error }> {
  const never = delay(SETTLES_WITHIN_MS, 'never', { ref: false }).then(() => {
    throw new RangeError('a query did not settle');
  });
  try {
    return { answer: await Promise.race([question, never]) };
  } catch (error) {
    if (error instanceof RangeError || !(error instanceof Error)) throw error;
    return { error };
  }
}
