import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { servePage } from '../src/page.ts';
import { builtScript } from '../src/page-script.ts';

let app: FastifyInstance;

afterEach(() => app.close());

/** Serves the page, and tells which files its frame asks for. */
async function served(script: Buffer | undefined): Promise<{ scripts: string[]; styles: string[] }> {
  app = fastify();
  servePage(app, script);
  const { body } = await app.inject('/');
  const named = (pattern: RegExp) => [...body.matchAll(pattern)].map(([, address]) => address ?? '');
  return {
    scripts: named(/<script [^>]*src="(.*?)"/g),
    styles: named(/<link rel="stylesheet" href="(.*?)"/g),
  };
}

describe('the page that is built', () => {
  it('is one script and one style, which a browser keeps until they have another address', async () => {
    const { scripts, styles } = await served(builtScript());
    expect([scripts.length, styles.length]).toEqual([1, 1]);
    for (const address of [...scripts, ...styles]) {
      expect(address).toMatch(/^\/page-[\w-]{22}\.(js|css)$/);
      const { statusCode, headers } = await app.inject(address);
      expect([statusCode, headers['cache-control']]).toEqual([200, 'private, max-age=31536000, immutable']);
    }
    const { headers } = await app.inject('/');
    expect(headers['cache-control']).toBe('no-cache');
    const again = await app.inject({ url: '/', headers: { 'if-none-match': String(headers.etag) } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('is compressed in the best way that the client takes', async () => {
    const [url = ''] = (await served(builtScript())).scripts;
    const plain = (await app.inject(url)).rawPayload;
    for (const [accepted, encoding] of [
      ['gzip, deflate, br, zstd', 'br'],
      ['gzip;q=1.0, br;q=0', 'gzip'],
      ['zstd', undefined],
      ['identity', undefined],
    ] as const) {
      const { headers, rawPayload } = await app.inject({ url, headers: { 'accept-encoding': accepted } });
      expect([accepted, headers['content-encoding'], headers.vary]).toEqual([
        accepted,
        encoding,
        'accept-encoding',
      ]);
      if (encoding === undefined) continue;
      expect(rawPayload.length).toBeLessThan(plain.length / 2);
      const read = encoding === 'br' ? brotliDecompressSync : gunzipSync;
      expect(read(rawPayload).equals(plain)).toBe(true);
    }
  });
});

describe('the page that is not built', () => {
  it('is served module by module, without types', async () => {
    const { scripts, styles } = await served(undefined);
    expect([scripts, styles.length]).toEqual([['/main.ts'], 1]);
    const { body, headers } = await app.inject('/plot.ts');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(body).toContain("import uPlot from '/uplot.js'");
    expect(body).not.toContain('import type');
    expect((await app.inject('/uplot.js')).statusCode).toBe(200);
  });
});
