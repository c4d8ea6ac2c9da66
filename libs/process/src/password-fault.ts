import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const SHORTEST_PASSWORD = 8;
/** So many digits and signs around a common word make no password of it. */
const PADDING = 6;

/**
 * Why a password would soon be guessed; undefined when it would not. `common`: it is on a list of those that are tried first, or
 * made like them: a few characters over and over, or a word of `known`, such as the user's name.
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

/** The list is read as text and let go again: no process keeps 50,000 passwords for the one that it looks up. */
function isListed(password: string): boolean {
  const list = require.resolve('@zxcvbn-ts/language-common/src/passwords.json');
  return readFileSync(list, 'utf8').includes(JSON.stringify(password));
}
