import type { Column } from './column.ts';

/** How columns are inferred, where a person has said so. */
export interface Wishes {
  /** 0 and 1 alone are false and true. Otherwise they are numbers. */
  readonly bits?: boolean;
}

const PAIRS: readonly (readonly [yes: string, no: string])[] = [
  ...([
    ['true', 'false'],
    ['yes', 'no'],
    ['ja', 'nein'],
    ['oui', 'non'],
    ['si', 'no'],
    ['sí', 'no'],
  ] as const),
  ...([
    ['y', 'n'],
    ['j', 'n'],
    ['t', 'f'],
    ['wahr', 'falsch'],
  ] as const),
];

/** What stands for true and for false. */
export interface Words {
  readonly yes: readonly string[];
  readonly no: readonly string[];
}

/** The words of a column that has nothing but two of them, in whatever case. */
export function pairOf({ distinct, values }: Column, { bits }: Wishes): Words | undefined {
  const given = [...(distinct ?? [])].map(([word]) => word);
  const pairs = bits ? [...PAIRS, ['1', '0'] as const] : PAIRS;
  for (const [yes, no] of pairs) {
    const [ayes, noes] = [yes, no].map((word) => given.filter((one) => one.toLowerCase() === word));
    const all = [...(ayes ?? []), ...(noes ?? [])];
    const fits = all.reduce((sum, word) => sum + (distinct?.get(word) ?? 0), 0);
    // One word of a pair is enough where it can hardly mean anything else.
    const known = (ayes?.length && noes?.length) || yes === 'true';
    if (known && fits > 0 && fits === values) {
      return { yes: ayes?.length ? ayes : [yes], no: noes?.length ? noes : [no] };
    }
  }
  return undefined;
}
