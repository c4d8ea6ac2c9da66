import { z } from 'zod';

// Values of words. Each error text says what is allowed.

export const DAY = 86_400_000;

/** The longest time that files of a feed are remembered in detail, in ms. */
export const LONGEST = 36_500 * DAY;

export const text = (allowed: string) => z.string({ error: allowed });

export const form = (pattern: RegExp, allowed: string) =>
  z.string({ error: allowed }).regex(pattern, { error: allowed });

/** A list of texts. YAML reads `no` as a text, but `1`, `true` and `null` as something else. */
export const texts = z.array(
  z.string({ error: 'a text; write it in quotes if it looks like a number, true, false or null' }),
  { error: 'a list of texts, such as ["", "NULL"]' },
);

export const yesOrNo = z.boolean({ error: 'true or false' });

export const whole = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};

/** A value that a variable may give is a text then. */
export const yesOrNoText = z
  .union([z.boolean(), z.enum(['true', 'false'])], { error: 'true or false' })
  .transform((value) => value === true || value === 'true');

/** Takes what the schema takes, and a number as its text. */
export function orNumber<T>(schema: z.ZodType<T, string>, allowed: string) {
  return z.union([z.number(), z.string()], { error: allowed }).transform((value, context) => {
    const parsed = schema.safeParse(String(value));
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: allowed });
    return z.NEVER;
  });
}

export const oneOf = <const T extends string>(words: readonly T[]) =>
  z.enum(words, { error: `one of ${words.join(', ')}` });

/** A character that may stand between the parts of a number, or around or before a value. `more`: others that are allowed. */
export const mark = (more = '') =>
  form(
    new RegExp(`^(?:[^\\p{L}\\p{N}\\p{Cs}\\s\\0]${more && `|[${more}]`})$`, 'u'),
    'one character that is no letter, digit or line end',
  );

/** A character that may stand in a number. A sign would not be told from that of the number. */
export const numberMark = (more = '') =>
  mark(more).refine((text) => text !== '+' && text !== '-', {
    error: 'one character that is no letter, digit, sign or line end',
  });

/** The words that are allowed and ignored, with their descriptions. */
export const ignored = {
  title: z.unknown().optional().describe('Ignored: for people and other programs.'),
  description: z.unknown().optional().describe('Ignored: for people and other programs.'),
  example: z.unknown().optional().describe('Ignored: for people and other programs.'),
};
