import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

/** The encodings, the one that makes files smaller first. */
const ENCODINGS = ['br', 'gzip'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** A smaller answer fits into one packet as it is. */
const WORTH_BYTES = 1_400;

/** The best encoding that this client takes, if it takes one. */
export function encodingFor(request: FastifyRequest): Encoding | undefined {
  const given = String(request.headers['accept-encoding'] ?? '').toLowerCase();
  const taken = given.split(',').filter((one) => !/;\s*q=0(?:\.0*)?\s*$/.test(one));
  const names = taken.map((one) => one.split(';')[0]?.trim());
  return ENCODINGS.find((encoding) => names.includes(encoding));
}

/** Compresses a file of the page, once for all who ask for it. */
export async function compressed(content: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'gzip') return await gzipped(content, { level: 9 });
  return await brotli(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
}

/** Has texts that are made for one request, such as the answers of the API, compressed in the way that costs the least. */
export function compressAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || payload.length < WORTH_BYTES) return payload;
    void reply.header('vary', ['accept-encoding', reply.getHeader('vary') ?? []].flat().join(', '));
    if (encodingFor(request) === undefined) return payload;
    void reply.header('content-encoding', 'gzip').removeHeader('content-length');
    return await gzipped(payload);
  });
}
