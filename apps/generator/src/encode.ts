/** Writes text as the bytes of an encoding, as a label of the Encoding Standard names it. */
export interface Encoder {
  /** Whether the encoding has all of these characters. */
  has(text: string): boolean;
  encode(text: string): Uint8Array;
}

export function encoderOf(label: string): Encoder {
  const name = new TextDecoder(label).encoding;
  if (name === 'utf-8') return { has: () => true, encode: (text) => new TextEncoder().encode(text) };
  if (name.startsWith('utf-16')) return { has: () => true, encode: (text) => utf16(text, name) };
  const decoder = new TextDecoder(label);
  const bytes = new Map(Array.from({ length: 256 }, (_, i) => [decoder.decode(Uint8Array.of(i)), i]));
  return {
    has: (text) => [...text].every((character) => bytes.has(character)),
    encode: (text) => Uint8Array.from(text, (character) => bytes.get(character) ?? 0x3f),
  };
}

function utf16(text: string, name: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf16le');
  return name === 'utf-16be' ? bytes.swap16() : bytes;
}
