/** The most arrays and objects that may stand in one another, the outermost included. A reader that descends needs a bound (I8). */
export const LEVELS_AT_MOST = 100;

/** What an object holds that JSON.parse takes, without a number or a key being changed. */
export interface Members {
  /** The members of the outermost object: each key, and its value as it stands in the text. */
  readonly sources: ReadonlyMap<string, string>;
  /** Some object of it, the outermost or an inner one, has a key twice. */
  readonly twice: boolean;
  /** More than {@link LEVELS_AT_MOST} arrays and objects stand in one another. Nothing else is known then. */
  readonly deep: boolean;
}

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

/**
 * Finds the members of the object that a text holds. JSON.parse alone changes numbers (1.10, 2^53 + 1, 1e400) and lets the last of
 * two equal keys win, both without a word. It has taken the text before, so nothing is checked here.
 */
export function membersOf(text: string): Members {
  const sources = new Map<string, string>();
  /** The keys of the inner objects that are open; undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  let [twice, key, begin] = [false, '', 0];
  // The outermost bracket is passed over, and so are commas, colons and whitespace: everything else begins a key or a value.
  for (let at = text.indexOf('{') + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (isKey(text, end)) {
        const found = textOfString(text.slice(at, end));
        const keys = open.length === 0 ? sources : open.at(-1);
        if (keys?.has(found)) twice = true;
        if (open.length === 0) key = found;
        else open.at(-1)?.add(found);
      } else if (open.length === 0) sources.set(key, text.slice(at, end));
      at = end - 1;
    } else if (code === 0x7b || code === 0x5b) {
      if (open.length === 0) begin = at;
      if (open.length === LEVELS_AT_MOST - 1) return { sources, twice, deep: true };
      open.push(code === 0x7b ? new Set() : undefined);
    } else if (code === 0x7d || code === 0x5d) {
      if (open.length === 1) sources.set(key, text.slice(begin, at + 1));
      open.pop();
    } else if (code > SPACE && code !== COMMA && code !== COLON) {
      const end = endOfScalar(text, at);
      if (open.length === 0) sources.set(key, text.slice(at, end));
      at = end - 1;
    }
  }
  return { sources, twice, deep: false };
}

/** The text that a string of JSON stands for. */
export function textOfString(source: string): string {
  return source.includes('\\') ? String(JSON.parse(source)) : source.slice(1, -1);
}

/** Where the string that begins there ends, its last quote included. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let first = at;
    while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    if ((at - first) % 2 === 0) return at + 1;
  }
  return text.length;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (text.charCodeAt(at) <= SPACE) at += 1;
  return text.charCodeAt(at) === COLON;
}

/** Where a number, true, false or null ends. */
function endOfScalar(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code <= SPACE || code === COMMA || code === 0x5d || code === 0x7d) break;
  }
  return at;
}
