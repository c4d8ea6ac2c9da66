import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { type Compression, compressionOf, ExpansionFault, expand } from '../src/expand.ts';

const KIB = 1024;

/** Text that does not compress to nothing, the same every time. */
function noise(bytes: number): Buffer {
  const parts = Array.from({ length: Math.ceil(bytes / 64) }, (_, i) =>
    createHash('sha256').update(String(i)).digest('hex'),
  );
  return Buffer.from(parts.join('').slice(0, bytes));
}

/** Blocks as a file gives them: each overwritten once the next one is asked for. */
async function* inBlocks(content: Buffer, bytes: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(bytes);
  for (let at = 0; at < content.length; at += bytes) {
    const block = content.subarray(at, at + bytes);
    buffer.fill(0xee);
    buffer.set(block);
    yield buffer.subarray(0, block.length);
  }
}

interface Expanded {
  readonly output: Buffer;
  readonly fault: ExpansionFault | undefined;
}

async function expanded(
  content: Buffer,
  compression: Compression,
  o: { limit?: number; cut?: number; slowly?: boolean } = {},
): Promise<Expanded> {
  const output: Uint8Array[] = [];
  const how = { compression, size: content.length, limit: o.limit ?? 1e9 };
  try {
    for await (const block of expand(inBlocks(content, o.cut ?? 64 * KIB), how)) {
      expect(block.length).toBeLessThanOrEqual(64 * KIB);
      output.push(block);
      if (o.slowly) for (let i = 0; i < 20; i += 1) await turn();
    }
  } catch (error) {
    if (!(error instanceof ExpansionFault)) throw error;
    return { output: Buffer.concat(output), fault: error };
  }
  return { output: Buffer.concat(output), fault: undefined };
}

const frame = (content: Buffer) =>
  zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });

const compress: Readonly<Record<Compression, (content: Buffer) => Buffer>> = {
  gzip: (content) => gzipSync(content),
  zstd: frame,
};

/** A frame that Zstandard skips over. */
const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

it('tells compressed source files by the ending of their names, in any case', () => {
  expect(['a.csv.gz', 'A.TXT.GZ', 'a.zst', 'a.b.Csv.Zst'].map(compressionOf)).toEqual([
    'gzip',
    'gzip',
    'zstd',
    'zstd',
  ]);
  expect(['a.csv', 'agz', 'a.csv.gz.tmp', 'a.csv.zstd'].map(compressionOf)).toEqual(Array(4).fill(null));
});

describe.each(['gzip', 'zstd'] as const)('expanding %s', (compression) => {
  const pieces = [noise(10), noise(200 * KIB), Buffer.alloc(0), noise(70 * KIB), Buffer.from('end')];
  const many = Buffer.concat(pieces.map((piece) => compress[compression](piece)));
  const content = Buffer.concat(pieces);

  it('gives the content of all members or frames', async () => {
    expect(await expanded(many, compression)).toEqual({ output: content, fault: undefined });
  });

  it('gives the same, however the file is cut into blocks', async () => {
    for (const cut of [1, 7, 64 * KIB - 1, 64 * KIB + 1, 1024 * KIB]) {
      expect(await expanded(many, compression, { cut })).toEqual({ output: content, fault: undefined });
    }
  });

  it('begins the next member or frame wherever one ends in a block', async () => {
    const short = compress[compression](Buffer.from('short'));
    const long = compress[compression](noise(64 * KIB));
    for (let bytes = long.length; bytes <= 64 * KIB + 40; bytes += 1) {
      if (bytes > long.length + 40 && bytes < 64 * KIB - 40) continue;
      const first = padded(compression, bytes);
      const { output, fault } = await expanded(Buffer.concat([first, short, short]), compression);
      expect(fault).toBeUndefined();
      expect(output.subarray(-10).toString()).toBe('shortshort');
    }
  });

  it('of a file of 0 bytes gives nothing', async () => {
    expect(await expanded(Buffer.alloc(0), compression)).toEqual({
      output: Buffer.alloc(0),
      fault: undefined,
    });
  });

  it('ends with a fault where the file was cut off, at every byte but the ends of members or frames', async () => {
    const parts = ['one', 'two and more of it', 'three'].map((text) =>
      compress[compression](Buffer.from(text)),
    );
    const whole = Buffer.concat(parts);
    const ends = new Set([0]);
    for (const part of parts) ends.add(Math.max(...ends) + part.length);
    for (let bytes = 0; bytes <= whole.length; bytes += 1) {
      const { output, fault } = await expanded(whole.subarray(0, bytes), compression);
      expect('onetwo and more of itthree'.startsWith(output.toString())).toBe(true);
      expect([bytes, fault?.reason]).toEqual([bytes, ends.has(bytes) ? undefined : 'compression']);
    }
  });

  it('ends with a fault at a damaged byte or a wrong checksum, at the same place however it is read', async () => {
    const whole = compress[compression](noise(400 * KIB));
    const spread = Array.from({ length: 40 }, (_, i) => Math.round((i * whole.length) / 40));
    for (const at of [3, whole.length - 20, whole.length - 2, ...spread]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      const first = await expanded(damaged, compression);
      expect(first.fault).toMatchObject({ reason: 'compression' });
      for (const how of [{ cut: 1_000 }, { cut: 333_333, slowly: true }]) {
        const { output, fault } = await expanded(damaged, compression, how);
        expect(output.equals(first.output)).toBe(true);
        expect(fault).toEqual(first.fault);
      }
    }
  });

  it('refuses content that begins otherwise, and garbage behind the end', async () => {
    for (const other of ['event_id,event_type\n', '\0\0\0\0', ' '])
      expect((await expanded(Buffer.from(other), compression)).fault).toMatchObject({
        reason: 'compression',
        detail: expect.stringContaining('does not begin like'),
      });
    for (const garbage of ['x', '\0\0\0x', 'event_id']) {
      const { output, fault } = await expanded(Buffer.concat([many, Buffer.from(garbage)]), compression);
      expect(fault?.reason).toBe('compression');
      expect(content.subarray(0, output.length)).toEqual(output);
    }
  });

  it('stops at the limit of its expansion, exactly there, in memory that does not grow with the rest', async () => {
    const bomb = Buffer.concat(Array(8).fill(compress[compression](Buffer.alloc(64 * KIB * KIB))));
    const before = process.memoryUsage().rss;
    const { output, fault } = await expanded(bomb, compression, { limit: 5 });
    expect(fault).toMatchObject({ reason: 'expansion', detail: 'expands to more than 5 times its size' });
    expect(output.length).toBe(bomb.length * 5);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * KIB * KIB);
  });

  it('expands to just the limit', async () => {
    const whole = compress[compression](Buffer.alloc(1_000));
    const limit = 1_000 / whole.length;
    expect((await expanded(whole, compression, { limit })).fault).toBeUndefined();
    expect((await expanded(whole, compression, { limit: limit - 0.01 })).fault?.reason).toBe('expansion');
  });

  it('takes constant memory for content of any length', async () => {
    const whole = compress[compression](Buffer.alloc(256 * KIB * KIB));
    const how = { compression, size: whole.length, limit: 1e9 };
    const before = process.memoryUsage().rss;
    let [bytes, most] = [0, 0];
    for await (const block of expand(inBlocks(whole, 64 * KIB), how)) {
      bytes += block.length;
      if (bytes % (8 * KIB * KIB) === 0) most = Math.max(most, process.memoryUsage().rss - before);
    }
    expect(bytes).toBe(256 * KIB * KIB);
    expect(most).toBeLessThan(100 * KIB * KIB);
  });

  it('that is stopped early closes its stream and its source', async () => {
    let closed = false;
    using destroyed = vi.spyOn(Transform.prototype, 'destroy');
    const whole = compress[compression](noise(2_000 * KIB));
    async function* source() {
      try {
        yield* inBlocks(whole, 64 * KIB);
      } finally {
        closed = true;
      }
    }
    for await (const block of expand(source(), { compression, size: whole.length, limit: 100 })) {
      expect(block.length).toBeGreaterThan(0);
      break;
    }
    expect(closed).toBe(true);
    expect(destroyed).toHaveBeenCalledOnce();
  });

  it('passes on the fault of its source', async () => {
    const whole = compress[compression](noise(200 * KIB));
    async function* source() {
      yield whole.subarray(0, 100_000);
      throw new Error('EIO');
    }
    const reading = async () => {
      for await (const _ of expand(source(), { compression, size: whole.length, limit: 100 }));
    };
    await expect(reading()).rejects.toThrow('EIO');
  });
});

/** A member or frame of exactly so many bytes. */
function padded(compression: Compression, bytes: number): Buffer {
  if (compression === 'zstd') {
    const head = frame(noise(64));
    const skip = Buffer.alloc(bytes - head.length);
    skip.writeUInt32LE(0x184d2a50);
    skip.writeUInt32LE(skip.length - 8, 4);
    return Buffer.concat([skip, head]);
  }
  const plain = gzipSync(noise(64));
  const name = Buffer.alloc(bytes - plain.length - 1, 'n');
  const header = Buffer.from(plain.subarray(0, 10));
  header[3] = 8; // FNAME: a name that ends in NUL follows
  return Buffer.concat([header, name, Buffer.from([0]), plain.subarray(10)]);
}

describe('expanding gzip', () => {
  it('takes zeros behind the last member, as many as there are', async () => {
    const whole = gzipSync(noise(100));
    for (const zeros of [1, 511, 64 * KIB - whole.length, 64 * KIB, 300 * KIB]) {
      const file = Buffer.concat([whole, Buffer.alloc(zeros)]);
      expect(await expanded(file, 'gzip')).toEqual({ output: noise(100), fault: undefined });
      const more = Buffer.concat([file, gzipSync(noise(9))]);
      expect((await expanded(more, 'gzip')).fault?.reason).toBe('compression');
    }
  });

  it('takes zeros that begin a block', async () => {
    const file = Buffer.concat([padded('gzip', 64 * KIB), Buffer.alloc(100)]);
    expect(await expanded(file, 'gzip')).toEqual({ output: noise(64), fault: undefined });
  });
});

describe('expanding zstd', () => {
  it('skips frames that are to be skipped, at the beginning, between others and at the end', async () => {
    const file = Buffer.concat([
      skippable,
      frame(noise(9)),
      skippable,
      skippable,
      frame(noise(5)),
      skippable,
    ]);
    const output = Buffer.concat([noise(9), noise(5)]);
    expect(await expanded(file, 'zstd')).toEqual({ output, fault: undefined });
  });

  it('takes windows of 32 MiB and refuses larger ones', async () => {
    // A frame without a size of its content, of one raw block "ab": its window alone differs.
    const withWindow = (log: number) =>
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, 0x11, 0, 0, 0x61, 0x62]);
    expect((await expanded(withWindow(25), 'zstd')).output.toString()).toBe('ab');
    expect((await expanded(withWindow(26), 'zstd')).fault).toMatchObject({
      reason: 'compression',
      detail: expect.stringContaining('32 MiB'),
    });
  });

  it('reads thousands of tiny frames', async () => {
    const file = Buffer.concat(Array(10_000).fill(frame(Buffer.from('row\n'))));
    expect((await expanded(file, 'zstd')).output.toString()).toBe('row\n'.repeat(10_000));
  });
});
