/** Names that PostgreSQL has for columns of its own. */
const OF_POSTGRESQL = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'];

const LETTERS: Readonly<Record<string, string>> = {
  ...{ ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss', æ: 'ae', ø: 'oe', œ: 'oe' },
  ...{ ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', '#': ' no ', '%': ' percent ', '&': ' and ' },
};

const LONGEST = 63;

/**
 * Makes the name of a column from the name in a header: lower case, with underscores. An empty result means that it has no letter
 * that could be written so.
 */
function plain(header: string): string {
  const words = header
    .normalize('NFC')
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2');
  const letters = [...words.toLowerCase()].map((letter) => LETTERS[letter] ?? letter).join('');
  return letters
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

/**
 * The names of columns for the names of a header, in order, each once.
 *
 * @param taken says whether a name belongs to Sluice
 */
export function columnNames(header: readonly string[], taken: (name: string) => boolean): string[] {
  const names: string[] = [];
  // A field is read from a column of its own name, too.
  const others = (name: string, i: number) =>
    header.some((other, j) => j !== i && other.trim().toLowerCase() === name);
  for (const [i, given] of header.entries()) {
    const word = plain(given);
    const usable = /^[a-z]/.test(word) && !taken(word);
    const base = (usable ? word : word === '' ? `column_${i + 1}` : `column_${word}`).slice(0, LONGEST);
    const refused = (name: string) => names.includes(name) || others(name, i) || OF_POSTGRESQL.includes(name);
    let name = base;
    for (let n = 2; refused(name); n += 1) name = `${base.slice(0, LONGEST - `_${n}`.length)}_${n}`;
    names.push(name);
  }
  return names;
}

/** A name for a feed, made from the name of a sample. */
export function feedName(file: string): string {
  const word = plain(patternOf(file).replace(/(\.[a-z][a-z0-9]*)?(\.gz|\.zst)?$/i, ''));
  return (/^[a-z]/.test(word) ? word : word === '' ? 'feed' : `feed_${word}`).slice(0, LONGEST);
}

/**
 * The pattern of the names of files like this one: what looks like a date, a number or an id becomes `*`, and a name without any
 * of these may have more behind it.
 */
export function patternOf(file: string): string {
  const [, name = file, ending = ''] = /^(.*?)((?:\.[a-z][a-z0-9]*)?(?:\.gz|\.zst)?)$/i.exec(file) ?? [];
  const varying = name
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '*')
    .replace(/[?[\]{}()!\\*]|\d+(?:T\d+Z?)?/g, '*')
    .replace(/\*(?:[-_.: ]?\*)+/g, '*');
  return `${varying.includes('*') ? varying : `${varying}*`}${ending || '.csv'}`;
}
