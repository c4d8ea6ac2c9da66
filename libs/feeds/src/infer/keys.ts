/** The most hashes of one candidate: 2 MiB. Beyond them only a part of the values is looked at. */
const HASHES_AT_MOST = 131_072;

/**
 * Tells whether all values that it is given are different, in bounded memory: it keeps hashes of 53 bits. When they become too
 * many, it goes on with those whose hash is divisible by 2, 4, 8 ...: of these it still finds each value that comes twice.
 */
export class Unique {
  /** False once a value came twice. */
  holds = true;
  /** Only one of so many values was looked at. */
  oneOf = 1;
  #hashes = new Float64Array(256);
  #count = 0;

  add(hash: number): void {
    if (!this.holds || hash % this.oneOf !== 0) return;
    if (this.#count >= HASHES_AT_MOST) this.#thinOut();
    else if (this.#count * 2 >= this.#hashes.length) this.#rebuild(this.#hashes.length * 2);
    if (hash % this.oneOf !== 0) return;
    const at = this.#placeOf(hash);
    this.holds = this.#hashes[at] === 0;
    this.#hashes[at] = hash;
    this.#count += 1;
    if (!this.holds) this.#hashes = new Float64Array();
  }

  #placeOf(hash: number): number {
    const mask = this.#hashes.length - 1;
    let at = Math.floor(hash / 4096) & mask;
    while (this.#hashes[at] !== 0 && this.#hashes[at] !== hash) at = (at + 1) & mask;
    return at;
  }

  #thinOut(): void {
    this.oneOf *= 2;
    this.#rebuild(this.#hashes.length);
  }

  #rebuild(size: number): void {
    const kept = this.#hashes.filter((hash) => hash !== 0 && hash % this.oneOf === 0);
    this.#hashes = new Float64Array(size);
    for (const hash of kept) this.#hashes[this.#placeOf(hash)] = hash;
    this.#count = kept.length;
  }
}

/** A hash of 53 bits, never 0. Pass the hash of another text to get one of both. */
export function hashOf(text: string, before = 0): number {
  let [a, b] = [(before % 0x1_0000_0000) ^ 0x9e37_79b9, Math.floor(before / 0x1_0000_0000) ^ text.length];
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x85eb_ca6b);
    a ^= a >>> 15;
    b = Math.imul(b + code, 0xc2b2_ae35) ^ (b >>> 13);
  }
  a = Math.imul(a ^ (b >>> 16), 0x27d4_eb2f);
  b = Math.imul(b ^ (a >>> 13), 0x1656_67b1);
  return ((b ^ (b >>> 16)) & 0x1f_ffff) * 0x1_0000_0000 + ((a ^ (a >>> 15)) >>> 0) || 1;
}

const IDENTIFIES =
  /(^|_)(uu|gu)?id$|(^|_)(no|nr|num|number|nummer|key|code|sku|ean|isbn|iban|ref|reference)$/;
const COUNTS = /(^|_)(line|pos|position|seq|item|index|zeile)(_|$)/;

/** How well a name fits a column that identifies a row: 0 is best. */
export function rankOf(name: string): number {
  return IDENTIFIES.test(name) ? 0 : COUNTS.test(name) ? 1 : 2;
}

/** All choices of so many of these things, those of the first ones first. */
export function choices<T>(things: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return things.flatMap((thing, i) => choices(things.slice(i + 1), size - 1).map((rest) => [thing, ...rest]));
}
