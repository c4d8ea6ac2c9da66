import { isAscii } from 'node:buffer';

/** How the line ends of an encoding look. At a character border, these bytes are never part of another character. */
export interface Encoding {
  readonly name: EncodingName;
  /** The byte order mark; empty where there is none. */
  readonly mark: readonly number[];
  readonly newline: readonly number[];
}

/** One byte a character, and ASCII as it is. The names are those of the WHATWG. */
const SINGLE_BYTE = [
  ...(['windows-1252', 'iso-8859-1', 'iso-8859-15', 'iso-8859-2', 'iso-8859-3', 'iso-8859-4'] as const),
  ...(['iso-8859-5', 'iso-8859-6', 'iso-8859-7', 'iso-8859-8', 'iso-8859-10', 'iso-8859-13'] as const),
  ...(['iso-8859-14', 'iso-8859-16', 'windows-874', 'windows-1250', 'windows-1251', 'windows-1253'] as const),
  ...(['windows-1254', 'windows-1255', 'windows-1256', 'windows-1257', 'windows-1258', 'koi8-r'] as const),
  ...(['koi8-u', 'ibm866', 'macintosh', 'x-mac-cyrillic'] as const),
];

/** The encodings in which a file may be written. */
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', ...SINGLE_BYTE] as const;

export type EncodingName = (typeof ENCODINGS)[number];
type SingleByte = (typeof SINGLE_BYTE)[number];

const LF = [0x0a];
const MARKED: readonly Encoding[] = [
  { name: 'utf-8', mark: [0xef, 0xbb, 0xbf], newline: LF },
  { name: 'utf-16le', mark: [0xff, 0xfe], newline: [0x0a, 0x00] },
  { name: 'utf-16be', mark: [0xfe, 0xff], newline: [0x00, 0x0a] },
];

/** The encoding of a file that begins with these bytes: that of its byte order mark, or else the one that its feed names. */
export function encodingOf(head: Uint8Array, named: EncodingName): Encoding {
  const marked = MARKED.find(({ mark }) => mark.every((byte, i) => head[i] === byte));
  if (marked !== undefined) return marked;
  const newline = MARKED.find(({ name }) => name === named)?.newline ?? LF;
  return { name: named, mark: [], newline };
}

/** Gives the text of bytes that end at the border of a character, or undefined when they are not valid. */
type Decoder = (bytes: Uint8Array) => string | undefined;

const decoders = new Map<EncodingName, Decoder>();

/** Decodes bytes of this encoding; the result is undefined when a byte is not valid in it. Each is made once. */
export function decoderOf(name: EncodingName): Decoder {
  const decoder = decoders.get(name) ?? (isSingleByte(name) ? singleByte(name) : unicode(name));
  decoders.set(name, decoder);
  return decoder;
}

function unicode(name: Exclude<EncodingName, SingleByte>): Decoder {
  const decoder = new TextDecoder(name, { fatal: true, ignoreBOM: true });
  return (bytes) => {
    if (name === 'utf-8' && isAscii(bytes)) return latin1(bytes);
    try {
      return decoder.decode(bytes);
    } catch {
      return undefined; // not valid in this encoding: the caller says where
    }
  };
}

/** The quickest way to a text of ASCII. */
function latin1({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}

export function isSingleByte(name: EncodingName): name is SingleByte {
  return SINGLE_BYTE.some((own) => own === name);
}

/**
 * Decodes by a table. A byte without a character is not valid, and neither is one that stands for a control character of C1
 * (U+0080 to U+009F): no text has these, but a text in another encoding has other characters there.
 */
function singleByte(name: SingleByte): Decoder {
  const table = tableOf(name);
  const others = table.flatMap((character, i) => {
    const byte = String.fromCharCode(0x80 + i);
    return character === byte ? [] : [byte];
  });
  // The bytes that are not the characters of the same numbers.
  const other = new RegExp(`[${others.join('')}]`, 'g');
  return (bytes) => {
    let valid = true;
    const text = latin1(bytes).replace(other, (character) => {
      const given = table[character.charCodeAt(0) - 0x80];
      valid &&= given !== undefined;
      return given ?? '';
    });
    return valid ? text : undefined;
  };
}

/** The characters of the bytes 0x80 to 0xff. For a TextDecoder, iso-8859-1 is another name of windows-1252; here it is not. */
function tableOf(name: SingleByte): (string | undefined)[] {
  const decoder = new TextDecoder(name, { fatal: true });
  return Array.from({ length: 0x80 }, (_, i) => {
    const byte = 0x80 + i;
    const character = name === 'iso-8859-1' ? String.fromCharCode(byte) : decoded(decoder, byte);
    return character === undefined || (character >= '\u0080' && character <= '\u009f')
      ? undefined
      : character;
  });
}

function decoded(decoder: InstanceType<typeof TextDecoder>, byte: number): string | undefined {
  try {
    return decoder.decode(Uint8Array.of(byte));
  } catch {
    return undefined; // the encoding has no character there
  }
}
