import { createHash } from 'node:crypto';

/** One version of an object. */
export interface StoredObject {
  readonly key: string;
  readonly body: Buffer;
  readonly etag: string;
  readonly modifiedAt: Date;
  readonly versionId: string;
  readonly storageClass: string;
}

/** A bucket in memory. Its keys are listed in the order of their bytes, as a real one does. */
export class Bucket {
  readonly versioned: boolean;
  readonly #now = new Map<string, StoredObject>();
  readonly #earlier = new Map<string, StoredObject>();
  readonly #keys: string[] = [];
  #versions = 0;

  constructor(versioned: boolean) {
    this.versioned = versioned;
  }

  get size(): number {
    return this.#keys.length;
  }

  /** @param versionId of an earlier version; without it, the object as it is now */
  get(key: string, versionId?: string): StoredObject | undefined {
    if (versionId === undefined) return this.#now.get(key);
    return this.#earlier.get(`${versionId} ${key}`);
  }

  put(key: string, content: string | Buffer, o: Partial<StoredObject> = {}): StoredObject {
    const body = Buffer.from(content);
    const etag = o.etag ?? `"${createHash('md5').update(body).digest('hex')}"`;
    const object = {
      ...{ key, body, etag, modifiedAt: o.modifiedAt ?? new Date() },
      ...{ versionId: `v${++this.#versions}`, storageClass: o.storageClass ?? 'STANDARD' },
    };
    if (!this.#now.has(key)) this.#keys.splice(this.#placeOf(key), 0, key);
    this.#now.set(key, object);
    if (this.versioned) this.#earlier.set(`${object.versionId} ${key}`, object);
    return object;
  }

  delete(key: string): void {
    if (this.#now.delete(key)) this.#keys.splice(this.#placeOf(key), 1);
  }

  /** The objects with this prefix after a key, in the order of their keys; at most so many. */
  list(prefix: string, after: string, limit: number): StoredObject[] {
    const found: StoredObject[] = [];
    let at = after < prefix ? this.#placeOf(prefix) : this.#placeOf(after);
    for (; found.length < limit && at < this.#keys.length; at += 1) {
      const object = this.#now.get(this.#keys[at] ?? '');
      if (object === undefined || object.key === after) continue;
      if (!object.key.startsWith(prefix)) break;
      found.push(object);
    }
    return found;
  }

  /** What lies there, as text. */
  contents(prefix = ''): Record<string, string> {
    const objects = this.list(prefix, '', Number.POSITIVE_INFINITY);
    return Object.fromEntries(objects.map(({ key, body }) => [key.slice(prefix.length), body.toString()]));
  }

  /** The place of a key in the order, whether it is there or not. */
  #placeOf(key: string): number {
    let [from, to] = [0, this.#keys.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (inByteOrder(this.#keys[middle] ?? '', key) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/** Compares two texts by their UTF-8, in which characters outside of the first plane come last. */
function inByteOrder(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

const rank = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
