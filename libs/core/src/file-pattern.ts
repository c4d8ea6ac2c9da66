import type { FileType } from './rules.ts';

/** Which files of a source a feed takes. */
export interface FilePattern {
  /** Says whether a feed takes a file of this name. */
  takes(name: string): boolean;
  /**
   * What each `*` of the first pattern that takes this name stood for; undefined when none does. A `*` stands for as little as
   * possible, so of two in a pattern the later one has the rest.
   */
  partsOf(name: string): readonly string[] | undefined;
}

/** The names that a feed of CSV files takes when it names no patterns. */
export const DEFAULT_FILES: readonly string[] = ['*.csv', '*.csv.gz', '*.csv.zst'];

/**
 * The names that a feed takes when it names no patterns. An archive is none of them: many a folder holds one beside the files that it
 * was made of.
 */
export function defaultFiles(type: FileType = 'csv'): readonly string[] {
  if (type === 'csv') return DEFAULT_FILES;
  return ['*.ndjson', '*.jsonl'].flatMap((name) => [name, `${name}.gz`, `${name}.zst`]);
}

/** The most `*` of a pattern. With more, a long name could take minutes. */
const STARS_AT_MOST = 3;

/** A part of a pattern that stands for any number of folders, also for none. */
const FOLDERS = '**';

/**
 * Says what is wrong with a pattern; undefined when nothing is.
 *
 * @param glob the name of a file, in any case, with `*` for any characters and `?` for one. Before it may stand names of folders, and
 *   `**` for any number of them
 */
export function patternMistake(glob: string): string | undefined {
  if (glob === '') return 'is empty';
  const names = glob.split('/');
  if (names.includes('')) return 'begins or ends with a "/", or has two in a row';
  if (names.at(-1) === FOLDERS && names.length > 1)
    return 'ends with "**": it lacks the name of the files, such as *.csv';
  if (names.some((name) => name.startsWith('.')))
    return 'begins with a dot, or a folder of it does: such files are never taken';
  if (names.slice(0, -1).filter((name) => name === FOLDERS).length > 1) return 'has more than one "**"';
  return starsIn(glob) > STARS_AT_MOST ? `has more than ${STARS_AT_MOST} "*"` : undefined;
}

/** How many parts of a name a pattern tells, which are its `*`. A `**` that stands for folders tells none. */
export function starsIn(glob: string): number {
  return partsIn(glob).filter((part) => part.startsWith('*')).length;
}

/** Whether one of these patterns takes files below folders of the source. */
export function looksDeep(globs: readonly string[]): boolean {
  return globs.some((glob) => glob.includes('/'));
}

/**
 * Compiles patterns. Names that begin with a dot match none, nor does what lies in a folder with such a name: they are files that are
 * still being written.
 */
export function filePattern(globs: readonly string[]): FilePattern {
  const forms = globs.map(formOf);
  const takes = (name: string) => !HIDDEN.test(name) && forms.some((form) => form.test(name));
  const partsOf = (name: string) => {
    if (HIDDEN.test(name)) return undefined;
    const found = forms.map((form) => form.exec(name)).find((match) => match !== null);
    return found?.slice(1);
  };
  return { takes, partsOf };
}

const HIDDEN = /(?:^|\/)\./;

/** A `**` for folders comes with the slash after it. */
function partsIn(glob: string): string[] {
  return glob.match(/(?<=^|\/)\*\*\/|\*+|\?|[^*?]+/g) ?? [];
}

function formOf(glob: string): RegExp {
  const source = partsIn(glob).map((part) => {
    if (part === `${FOLDERS}/`) return '(?:[^/]+/)*';
    if (part.startsWith('*')) return '([^/]*?)';
    return part === '?' ? '[^/]' : RegExp.escape(part);
  });
  return new RegExp(`^${source.join('')}$`, 'iu');
}

const byDefault = filePattern(DEFAULT_FILES);

/** Says whether a feed without patterns takes a file of this name: `*.csv`, `*.csv.gz`, `*.csv.zst` in any case. */
export function isSourceName(name: string): boolean {
  return byDefault.takes(name);
}
