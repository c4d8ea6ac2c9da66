import { z } from 'zod';

const durationUnits: Record<string, number> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};
const sizeUnits: Record<string, number> = { GiB: 1024 ** 3, MiB: 1024 ** 2, KiB: 1024, '': 1 };

function parse(text: string, units: Record<string, number>): number | undefined {
  const [, digits, unit] = /^(\d{1,15})([A-Za-z]*)$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined || !Object.hasOwn(units, unit)) return undefined;
  const value = Number(digits) * (units[unit] ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}

function print(value: number, units: Record<string, number>, smallest: string): string {
  const [unit, factor] = Object.entries(units).find(([, f]) => value > 0 && value % f === 0) ?? [smallest, 1];
  return `${value / factor}${unit}`;
}

/** Milliseconds of a duration such as `250ms`, `30s`, `5m`, `1h`, `30d`; undefined when the text is not one. */
export function parseDuration(text: string): number | undefined {
  return parse(text, durationUnits);
}

/** The shortest text that {@link parseDuration} turns back into `ms` (a whole number of milliseconds). */
export function printDuration(ms: number): string {
  return print(ms, durationUnits, 'ms');
}

/** Bytes of a size such as `512`, `64KiB`, `128MiB`, `1GiB`; undefined when the text is not one. */
export function parseSize(text: string): number | undefined {
  return parse(text, sizeUnits);
}

/** The shortest text that {@link parseSize} turns back into `bytes` (a whole number). */
export function printSize(bytes: number): string {
  return print(bytes, sizeUnits, '');
}

function bounded(
  read: (text: string) => number | undefined,
  min: number,
  max: number,
  allowed: string,
): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const value = read(text);
    if (value !== undefined && value >= min && value <= max) return value;
    context.addIssue({ code: 'custom', message: allowed });
    return z.NEVER;
  });
}

/** A schema from text to milliseconds. Both bounds are in milliseconds and included. Its message says what is allowed. */
export function durationSchema(min: number, max: number): z.ZodType<number, string> {
  const range = `from ${printDuration(min)} to ${printDuration(max)}`;
  return bounded(parseDuration, min, max, `a duration such as 250ms, 30s, 5m, 1h or 30d, ${range}`);
}

/** Like {@link durationSchema}, but also turns the word into undefined, which means "without end". */
export function durationOrSchema(
  word: string,
  min: number,
  max: number,
): z.ZodType<number | undefined, string> {
  const duration = durationSchema(min, max);
  return z.string().transform((text, context) => {
    if (text === word) return undefined;
    const read = duration.safeParse(text);
    if (read.success) return read.data;
    for (const { message } of read.error.issues) {
      context.addIssue({ code: 'custom', message: `${word}, or ${message}` });
    }
    return z.NEVER;
  });
}

/** A limit on records: a number of them, or a share of all records (0 to 1). */
type Limit = { readonly records: number } | { readonly share: number };

/** The text that {@link limitOrSchema} reads back: `100`, or `5%`. */
export function printLimit(limit: Limit): string {
  return 'records' in limit ? String(limit.records) : `${Number((limit.share * 100).toFixed(3))}%`;
}

/** A schema from text to a count (`100`) or a share (`5%`, `0.5%`). The word becomes undefined, which means "without limit". */
export function limitOrSchema(word: string): z.ZodType<Limit | undefined, string> {
  return z.string().transform((text, context) => {
    if (text === word) return undefined;
    if (/^\d{1,12}$/.test(text)) return { records: Number(text) };
    const [, percent] = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(text) ?? [];
    if (percent !== undefined && Number(percent) <= 100) return { share: Number(percent) / 100 };
    const message = `${word}, a count such as 100, or a share such as 5% or 0.5%`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** A schema from text to bytes. Both bounds are in bytes and included. Its message says what is allowed. */
export function sizeSchema(min: number, max: number): z.ZodType<number, string> {
  const range = `from ${printSize(min)} to ${printSize(max)}`;
  return bounded(parseSize, min, max, `a size such as 512, 64KiB, 128MiB or 1GiB, ${range}`);
}

/** A schema from text to a whole number. Both bounds are included. Its message says what is allowed. */
export function countSchema(min: number, max: number): z.ZodType<number, string> {
  const read = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);
  return bounded(read, min, max, `a whole number from ${min} to ${max}`);
}
