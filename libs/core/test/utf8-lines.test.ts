import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Utf8Lines } from '../src/index.ts';

function decode(bytes: Uint8Array, cuts: readonly number[] = []): { text: string; invalid: boolean } {
  const lines = new Utf8Lines();
  const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
  let text = '';
  for (const [i, end] of at.slice(1).entries()) {
    const decoded = lines.push(bytes.subarray(at[i], end));
    text += decoded.text;
    if (decoded.invalid) return { text, invalid: true };
  }
  const last = lines.end();
  return { text: text + last.text, invalid: last.invalid };
}

const cutList = fc.array(fc.nat(80), { maxLength: 6 });

describe('UTF-8 in lines', () => {
  it('is decoded alike however its bytes are cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\n', 'é', '数', '😀', '\ufeff') });
    fc.assert(
      fc.property(text, cutList, (whole, cuts) => {
        expect(decode(Buffer.from(whole), cuts)).toEqual({
          text: whole.replace(/^\ufeff/, ''),
          invalid: false,
        });
      }),
    );
  });

  it('is decoded alike when every block comes in the same memory', () => {
    const whole = Array.from({ length: 200 }, (_, i) => `line ${i} é\n`).join('');
    const bytes = Buffer.from(whole);
    const memory = Buffer.alloc(64);
    const lines = new Utf8Lines();
    let text = '';
    for (let at = 0; at < bytes.length; at += memory.length) {
      const length = bytes.copy(memory, 0, at);
      text += lines.push(memory.subarray(0, length)).text;
    }
    expect(text + lines.end().text).toBe(whole);
  });

  it('that is broken somewhere gives the lines before the bad one, however its bytes are cut (I6)', () => {
    const bytes = fc
      .uint8Array({ max: 255, maxLength: 80 })
      .map((raw) => raw.map((byte) => (byte % 5 === 0 ? 10 : byte)));
    fc.assert(
      fc.property(bytes, cutList, (raw, cuts) => {
        expect(decode(raw, cuts)).toEqual(decode(raw));
      }),
      { numRuns: 1_000 },
    );
    const bad = Buffer.concat([Buffer.from('one\ntwo\n'), Buffer.from([0xe9, 0x0a]), Buffer.from('three\n')]);
    expect(decode(bad)).toEqual({ text: 'one\ntwo\n', invalid: true });
  });
});
