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

/** The names that a feed takes when it names no patterns. */
export const DEFAULT_FILES: readonly string[] = ['*.csv', '*.csv.gz', '*.csv.zst'];

/** The most `*` of a pattern. With more, a long name could take minutes. */
const STARS_AT_MOST = 3;

/**
 * Says what is wrong with a pattern; undefined when nothing is.
 *
 * @param glob the name of a file, in any case, with `*` for any characters and `?` for one
 */
export function patternMistake(glob: string): string | undefined {
  if (glob === '') return 'is empty';
  if (glob.includes('/')) return 'has a "/": files lie directly in the source';
  if (glob.startsWith('.')) return 'begins with a dot: such files are never taken';
  const stars = glob.match(/\*+/g)?.length ?? 0;
  return stars > STARS_AT_MOST ? `has more than ${STARS_AT_MOST} "*"` : undefined;
}

/** Compiles patterns. Names that begin with a dot match none: they are files that are still being written. */
export function filePattern(globs: readonly string[]): FilePattern {
  const forms = globs.map(formOf);
  const takes = (name: string) => !name.startsWith('.') && forms.some((form) => form.test(name));
  const partsOf = (name: string) => {
    if (name.startsWith('.')) return undefined;
    const found = forms.map((form) => form.exec(name)).find((match) => match !== null);
    return found?.slice(1);
  };
  return { takes, partsOf };
}

function formOf(glob: string): RegExp {
  const parts = glob.match(/\*+|\?|[^*?]+/g) ?? [];
  const source = parts.map((part) => {
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
