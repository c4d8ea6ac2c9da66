import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENCODINGS, type EncodingName } from '../src/encoding.ts';
import { endsItsLine, TextLines } from '../src/index.ts';

/** What is read of these blocks, and the fault without its reason. */
function read(encoding: EncodingName, ...blocks: Uint8Array[]) {
  const lines = new TextLines(encoding);
  let text = '';
  for (const block of blocks) {
    const { text: more, fault } = lines.push(block);
    text += more;
    if (fault !== null) return { text, fault: fault.detail ?? fault.reason };
  }
  const { text: more, fault } = lines.end();
  return { text: text + more, fault: fault && (fault.detail ?? fault.reason) };
}

const bytes = (...parts: (string | number)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part))));

const notFrom = (encoding: EncodingName) => `is no character of ${encoding}`;
const notUtf8 = 'shows that the file is UTF-8, and not';

describe('text of a named encoding', () => {
  it.each<[what: string, EncodingName, Buffer, text: string, fault: string | null]>([
    ['the euro of Windows', 'windows-1252', bytes('a', 0x80, '\n'), 'a€\n', null],
    ['letters', 'windows-1252', bytes('Gr', 0xf6, 0xdf, 'e\n', 0xa0, 'x'), 'Größe\n\u00a0x', null],
    ['a byte without a character', 'windows-1252', bytes('a\nb', 0x81, '\n'), 'a\n', notFrom('windows-1252')],
    ['letters', 'iso-8859-1', bytes('Gr', 0xf6, 0xdf, 'e'), 'Größe', null],
    ['a control character of C1', 'iso-8859-1', bytes('a\n', 0x80, '\n'), 'a\n', notFrom('iso-8859-1')],
    ['NEL', 'iso-8859-1', bytes('a\n', 0x85), 'a\n', notFrom('iso-8859-1')],
    ['the currency sign of Latin 1', 'iso-8859-1', bytes(0xa4), '¤', null],
    ['the euro of Latin 9', 'iso-8859-15', bytes(0xa4, 0xbd), '€œ', null],
    ['letters', 'windows-1251', bytes(0xc4, 0xe0), 'Да', null],
    ['letters', 'ibm866', bytes(0x84, 0xa0), 'Да', null],
    ['a byte without a character', 'windows-1253', bytes('a\n', 0xff), 'a\n', notFrom('windows-1253')],
    ['UTF-8 with its mark', 'windows-1252', bytes('\ufeffé\n'), 'é\n', null],
    ['UTF-16 with its mark', 'windows-1252', Buffer.from('\ufeffé\n', 'utf16le'), 'é\n', null],
    ['UTF-8 without a mark', 'windows-1252', bytes('a\né\nb\n'), 'a\n', notUtf8],
    [
      'letters that UTF-8 also has',
      'windows-1252',
      bytes('CAF', 0xc9, 0x85, '\nf', 0xfc, 'r'),
      'CAFÉ…\nfür',
      null,
    ],
    ['ASCII', 'windows-1252', bytes('a\nb'), 'a\nb', null],
    ['no mark', 'utf-16le', Buffer.from('aé\n', 'utf16le'), 'aé\n', null],
    ['no mark', 'utf-16be', Buffer.from('aé\n', 'utf16le').swap16(), 'aé\n', null],
    ['the other mark', 'utf-16be', Buffer.from('\ufeffaé\n', 'utf16le'), 'aé\n', null],
    [
      'half a surrogate pair',
      'utf-16le',
      Buffer.from('a\n\ud83d\n', 'utf16le'),
      'a\n',
      'is not valid UTF-16LE',
    ],
    ['Latin 1', 'utf-8', bytes('a\n', 0xe9, '\n'), 'a\n', 'is not valid UTF-8'],
  ])('%s in %s', (_, encoding, given, text, fault) => {
    const whole = read(encoding, given);
    expect(whole).toEqual({ text, fault: fault === null ? null : expect.stringContaining(fault) });
    expect(read(encoding, ...[...given].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  it.each(ENCODINGS)('has ASCII in %s', (encoding) => {
    const ascii = 'a,"b";1\r\n';
    const utf16 = Buffer.from(ascii, 'utf16le');
    const given =
      { 'utf-16le': utf16, 'utf-16be': Buffer.from(utf16).swap16() }[encoding as string] ?? bytes(ascii);
    expect(read(encoding, given)).toEqual({ text: ascii, fault: null });
  });

  it('is the same whatever blocks it comes in (I6)', () => {
    const [long, e] = ['x'.repeat(30_000), Buffer.from('é')];
    const piece = fc.constantFrom(
      bytes('a\n'),
      bytes(e.toString()),
      bytes(0xe9),
      bytes(0x81),
      bytes(long),
      bytes('\n'),
    );
    const content = fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.concat(pieces));
    fc.assert(
      fc.property(content, fc.array(fc.nat(200_000), { maxLength: 6 }), (given, cuts) => {
        const at = [0, ...cuts.map((cut) => cut % (given.length + 1)).sort((a, b) => a - b), given.length];
        const blocks = at.slice(1).map((end, i) => given.subarray(at[i], end));
        expect(read('windows-1252', ...blocks)).toEqual(read('windows-1252', given));
      }),
      { numRuns: 500 },
    );
  });

  it('is refused as UTF-8 by its next 64 KiB alone, also when more comes in one block', () => {
    const [utf8, latin] = [bytes('a\né\n', `${'x'.repeat(70_000)}\n`), bytes(0xe9, '\n')];
    const refused = { text: 'a\n', fault: expect.stringContaining(notUtf8) };
    expect(read('windows-1252', utf8, latin)).toEqual(refused);
    expect(read('windows-1252', Buffer.concat([utf8, latin]))).toEqual(refused);
  });

  it('ends its last line as its own line end says', () => {
    const tail = Buffer.from('\n', 'utf16le');
    const file = { head: Buffer.from('ab', 'utf16le'), tail, size: 6 };
    const ends = (['utf-16le', 'utf-16be', 'utf-8'] as const).map((encoding) => endsItsLine(file, encoding));
    expect(ends).toEqual([true, false, false]);
  });
});
