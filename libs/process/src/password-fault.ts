import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const SHORTEST_PASSWORD = 8;
/** A common word stays common with up to this many digits and signs around it. */
const PADDING = 6;

/**
 * Why a password would soon be guessed; undefined when it would not. `common`: it is on a list of common passwords, repeats a
 * few characters, or is a word of `known`, such as the user's name.
 */
export function passwordFault(
  password: string,
  known: readonly string[] = [],
): 'short' | 'common' | undefined {
  if (password.length < SHORTEST_PASSWORD) return 'short';
  const lower = password.normalize('NFC').toLowerCase();
  const word = lower.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const words = word.length < lower.length - PADDING ? [lower] : [lower, word];
  const own = [...known, 'sluice', 'dashboard'].map((one) => one.toLowerCase());
  if (/^(.{1,4})\1+$/su.test(lower)) return 'common';
  return words.some((one) => own.includes(one) || isListed(one)) ? 'common' : undefined;
}

/** Reads the list as text for each look-up, so that no process keeps 50,000 passwords in memory. */
function isListed(password: string): boolean {
  const list = require.resolve('@zxcvbn-ts/language-common/src/passwords.json');
  return readFileSync(list, 'utf8').includes(JSON.stringify(password));
}
