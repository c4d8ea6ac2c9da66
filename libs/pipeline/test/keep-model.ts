/** The rules of `duplicates: keep` that a history may be tried without. */
export type Rule = 'one_open' | 'supersede' | 'same_content' | 'new_content' | 'release';

interface File {
  /** Each content has its own records: `7.1` and `7.2` are those of content 7, which may still be written. */
  readonly records: readonly string[];
  readonly token: number;
  /** It is written slowly, so it is neither copied nor renamed: a part of a file under another name counts as another content. */
  readonly slow: boolean;
}

interface Version extends File {
  readonly name: string;
  readonly read: Set<number>;
  state: 'open' | 'gone' | 'closed' | 'held';
}

const NAMES = ['x', 'y'];
const RECORDS = 3;

/** A random number generator with a seed (mulberry32), so that a history can be repeated. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/**
 * One random history of a folder and a feed that keeps every record: files are written slowly, copied, touched, renamed and deleted,
 * while versions are registered, read in any order of chunks, and found to be gone. Returns the first record that is in the table
 * twice; undefined when none is.
 */
export function history(seed: number, without: readonly Rule[] = [], steps = 60): string | undefined {
  const random = randomOf(seed);
  const pick = <T>(all: readonly T[]): T | undefined => all[random(all.length)];
  const folder = new Map<string, File>();
  const versions: Version[] = [];
  const table: { readonly record: string; readonly of: Version }[] = [];
  const rule = (name: Rule) => !without.includes(name);
  let [tokens, contents] = [0, 0];

  const same = (one: File, other: File) => one.records.join() === other.records.join();
  const write = (name: string, records: readonly string[], slow: boolean) =>
    folder.set(name, { records, token: ++tokens, slow });
  const create = (name: string) => write(name, [`${++contents}.1`], true);
  const bring = (name: string) => write(name, [`${++contents}.1`, `${contents}.2`], false);
  const grow = (name: string, { records }: File) =>
    write(name, [...records, `${records[0]?.split('.')[0]}.${records.length + 1}`], true);
  const rename = (from: string, to: string, file: File) => {
    folder.delete(from);
    folder.set(to, file);
  };
  const isThere = ({ name, token }: Version) => folder.get(name)?.token === token;

  const isOpen = ({ state }: Version) => state === 'open';
  const isLoaded = (one: Version) => one.state === 'closed' && one.read.size > 0;

  /** The rows of a gone version are removed, because another one brings its records. */
  function replace(one: Version): void {
    if (one.state !== 'gone') return;
    one.state = 'closed';
    for (let i = table.length - 1; i >= 0; i -= 1) if (table[i]?.of === one) table.splice(i, 1);
    one.read.clear();
  }

  function register(name: string, file: File): void {
    if (versions.some((one) => one.name === name && one.token === file.token)) return;
    const own = versions.filter((one) => one.name === name);
    const alike = versions.filter((one) => same(one, file));
    if (rule('one_open') && (own.some(isOpen) || alike.some(isOpen))) return;
    if (rule('supersede')) for (const one of [...own, ...alike]) replace(one);
    const version: Version = { ...file, name, read: new Set(), state: 'open' };
    if (rule('same_content') && alike.some(isLoaded)) version.state = 'closed';
    else if (rule('new_content') && own.some(isLoaded)) version.state = 'held';
    versions.push(version);
  }

  /** An operator has a held version loaded. Not one that has grown: it holds the loaded records too, which only he can know. */
  function release(version: Version): void {
    if (version.state !== 'held' || version.slow || !isThere(version)) return;
    const own = versions.filter((one) => one !== version && one.name === version.name);
    const alike = versions.filter((one) => one !== version && same(one, version));
    if ([...own, ...alike].some(isOpen) || (rule('release') && alike.some(isLoaded))) return;
    for (const one of [...own, ...alike]) replace(one);
    version.state = 'open';
  }

  /** A chunk of one record. A worker has read it before, so the file need not be there any more. */
  function commit(version: Version): void {
    if (version.state !== 'open' && version.state !== 'gone') return;
    const at = random(version.records.length);
    const record = version.records[at];
    if (record === undefined || version.read.has(at)) return;
    version.read.add(at);
    table.push({ record, of: version });
    if (version.read.size === version.records.length) version.state = 'closed';
  }

  function look(): void {
    for (const version of versions) {
      if (version.state === 'open' && !isThere(version)) version.state = 'gone';
      else if (version.state === 'gone' && isThere(version)) version.state = 'open';
    }
    for (const [name, file] of folder) register(name, file);
  }

  const twice = () => {
    const records = table.map(({ record }) => record);
    return records.find((record, i) => records.indexOf(record) !== i);
  };

  for (let step = 0; step < steps; step += 1) {
    const name = pick(NAMES) ?? '';
    const file = folder.get(name);
    const version = pick(versions);
    const actions: readonly (() => unknown)[] = [
      () => create(name),
      () => bring(name),
      () => file?.slow && file.records.length < RECORDS && grow(name, file),
      () => file?.slow === false && write(pick(NAMES) ?? '', file.records, false),
      () => folder.delete(name),
      () => file?.slow === false && rename(name, pick(NAMES) ?? '', file),
      look,
      look,
      () => versions.forEach(release),
      ...Array.from({ length: 6 }, () => () => version && commit(version)),
    ];
    pick(actions)?.();
    const found = twice();
    if (found !== undefined) return `${found} twice`;
  }
  return undefined;
}
