import { prettyLine } from '@sluice/process';
import { z } from 'zod';
import { printable } from './printable.ts';
import type { Screen } from './screen.ts';

const logLine = z.object({ level: z.string() });
const grave = new Set(['warn', 'error', 'fatal']);

/** Shows the children's warnings and errors, or all their output with `verbose`. Lines that are not log entries are unchanged. */
export function childOutput(screen: Screen, verbose: boolean): (name: string, text: string) => void {
  const pretty = prettyLine(process.stderr.isTTY === true && process.stderr.hasColors());
  return (name, text) => {
    const level = levelOf(text);
    if (level === undefined) screen.warn(`${name}: ${printable(text)}`);
    else if (verbose || grave.has(level)) screen.warn(pretty(text).trimEnd());
  };
}

function levelOf(text: string): string | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return logLine.safeParse(JSON.parse(text)).data?.level;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // A killed process can leave half a line.
    throw error;
  }
}
