import { isAbsolute, relative } from 'node:path';

/** Something that is wrong in the YAML of a feed. */
export interface Mistake {
  /** The feed, by the name of its file. */
  readonly feed: string;
  /** The absolute path of the file. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** What was given, and what is allowed. One line. */
  readonly message: string;
  /** It is a question that `feed init` left open. */
  readonly question?: true;
}

/** A mistake as one line. The path is shortened when it lies below the working directory. */
export function mistakeLine({ file, line, message }: Mistake, cwd: string): string {
  const below = relative(cwd, file);
  const shown = below.startsWith('..') || isAbsolute(below) ? file : below;
  return `${shown}:${line}: ${message}`;
}

/** A place in a feed: the words and positions that lead to it. */
export type Path = readonly (string | number)[];

/** A mistake before its line is known. */
export interface Fault {
  readonly path: Path;
  readonly message: string;
  /** The mistake is the word at the end of the path, not its value. */
  readonly atWord?: true;
  /** It is a question that `feed init` left open. */
  readonly question?: true;
}
