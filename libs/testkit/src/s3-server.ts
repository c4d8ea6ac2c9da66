import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Bucket, type StoredObject } from './s3-store.ts';
import { copyXml, errorXml, listXml, versioningXml } from './s3-xml.ts';

type S3Action =
  | 'ListObjects'
  | 'GetObject'
  | 'HeadObject'
  | 'PutObject'
  | 'CopyObject'
  | 'DeleteObject'
  | 'GetBucketVersioning'
  | 'Other';

/** What a client asks for. `from`: the first byte that it wants. */
export interface S3Request {
  readonly action: S3Action;
  readonly bucket: string;
  readonly key: string;
  readonly from: number;
}

/**
 * What goes wrong with one request. `after`: so many bytes of the body are sent before it. `act` happens there, and the body goes on
 * with the bytes of the object as it was. Without `told`, the length of the body is not announced. `reset` ends the connection before
 * the request has an effect, `lost` after it.
 */
export type S3Fault =
  | { readonly kind: 'error'; readonly status: number; readonly code: string }
  | { readonly kind: 'cut'; readonly after: number; readonly told: boolean }
  | { readonly kind: 'stall'; readonly after: number }
  | { readonly kind: 'act'; readonly after: number; act(): void }
  | { readonly kind: 'reset' | 'lost' | 'silence' };

interface Asked extends S3Request {
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

const ARCHIVED = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/**
 * An S3-compatible store in memory, for tests, on a free port of loopback and in path style. It does what the client of Sluice uses, by
 * the rules of Amazon S3, and fails on command. Signatures are not checked: `test:s3` does that with a real server.
 */
export class S3Server implements AsyncDisposable {
  readonly #server: Server;
  readonly #buckets = new Map<string, Bucket>();
  /** The requests that have come, for tests of what is asked for. */
  readonly asked: S3Request[] = [];
  /** Says what goes wrong with a request. */
  fails: (request: S3Request) => S3Fault | undefined = () => undefined;
  /** False: conditions of copies and deletes are ignored, as some stores do. */
  conditional = true;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<S3Server> {
    const server = createServer({ keepAliveTimeout: 1_000 });
    const s3 = new S3Server(server);
    server.on('request', (request, response) => void s3.#serve(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return s3;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The bucket of this name, which is made if there is none. */
  bucket(name: string, versioned = false): Bucket {
    const bucket = this.#buckets.get(name) ?? new Bucket(versioned);
    this.#buckets.set(name, bucket);
    return bucket;
  }

  /** The bucket does not exist during the work. */
  async without<T>(name: string, work: () => Promise<T>): Promise<T> {
    const bucket = this.bucket(name);
    this.#buckets.delete(name);
    try {
      return await work();
    } finally {
      this.#buckets.set(name, bucket);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A connection that the other side has ended is no error of this server.
    response.on('error', () => undefined);
    const body = Buffer.concat(await Array.fromAsync(request)).subarray();
    const asked = read(request, body);
    const { action, bucket, key, from } = asked;
    this.asked.push({ action, bucket, key, from });
    const fault = this.fails(asked);
    if (fault?.kind === 'reset') return void request.socket.destroy();
    if (fault?.kind === 'silence') return;
    const answer = fault?.kind === 'error' ? failed(fault.status, fault.code) : this.#answer(asked);
    if (fault?.kind === 'lost') return void request.socket.destroy();
    const withBody = request.method !== 'HEAD' && answer.status !== 204;
    const bytes = Buffer.from(withBody ? (answer.body ?? '') : '');
    const length = { 'content-length': String(bytes.length) };
    const told = fault?.kind !== 'cut' || fault.told;
    response.writeHead(answer.status, { ...(told && length), ...answer.headers });
    if (fault === undefined || !('after' in fault)) return void response.end(bytes);
    response.write(bytes.subarray(0, fault.after));
    if (fault.kind === 'stall') return;
    // What was written so far has to reach the other side first.
    await new Promise((resolve) => setImmediate(resolve));
    if (fault.kind === 'cut') return told ? void request.socket.destroy() : void response.end();
    fault.act();
    response.end(bytes.subarray(fault.after));
  }

  #answer(asked: Asked): Answer {
    const { action, key, query, body } = asked;
    const bucket = this.#buckets.get(asked.bucket);
    if (bucket === undefined) return failed(404, 'NoSuchBucket');
    if (action === 'ListObjects') return xml(list(bucket, query));
    if (action === 'GetBucketVersioning') return xml(versioningXml(bucket.versioned));
    const found = bucket.get(key, query.get('versionId') ?? undefined);
    if (action === 'CopyObject') return this.#copy(bucket, asked);
    if (action === 'PutObject') {
      if (asked.request.headers['if-none-match'] === '*' && found) return failed(412, 'PreconditionFailed');
      return { status: 200, headers: { etag: bucket.put(key, body).etag } };
    }
    if (action === 'Other') return failed(501, 'NotImplemented');
    if (action === 'DeleteObject') return this.#delete(bucket, asked, found);
    if (found === undefined) return failed(404, 'NoSuchKey');
    if (!matches(asked.request.headers['if-match'], found)) return failed(412, 'PreconditionFailed');
    if (action === 'GetObject' && ARCHIVED.has(found.storageClass)) return failed(403, 'InvalidObjectState');
    return content(asked, found, bucket.versioned);
  }

  #copy(bucket: Bucket, { key, request: { headers } }: Asked): Answer {
    const [, from = '', source = ''] =
      /^\/?([^/]+)\/(.*)$/s.exec(decodeURIComponent(String(headers['x-amz-copy-source']))) ?? [];
    const found = this.#buckets.get(from)?.get(source);
    if (found === undefined) return failed(404, 'NoSuchKey');
    const refused =
      !matches(headers['x-amz-copy-source-if-match'], found) ||
      (headers['if-none-match'] === '*' && bucket.get(key) !== undefined);
    if (this.conditional && refused) return failed(412, 'PreconditionFailed');
    return xml(copyXml(bucket.put(key, found.body)));
  }

  #delete(bucket: Bucket, { key, request: { headers } }: Asked, found: StoredObject | undefined): Answer {
    const condition = this.conditional ? headers['if-match'] : undefined;
    if (condition !== undefined && found === undefined) return failed(404, 'NoSuchKey');
    if (found && !matches(condition, found)) return failed(412, 'PreconditionFailed');
    bucket.delete(key);
    return { status: 204 };
  }
}

function read(request: IncomingMessage, body: Buffer): Asked {
  const [path = '', search = ''] = (request.url ?? '').split('?', 2);
  const [, bucket = '', encoded = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  const key = decodeURIComponent(encoded);
  const query = new URLSearchParams(search);
  const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  return { action: actionOf(request, key, query), bucket, key, query, from, request, body };
}

function actionOf({ method, headers }: IncomingMessage, key: string, query: URLSearchParams): S3Action {
  if (query.has('versioning')) return 'GetBucketVersioning';
  if (method === 'GET') return key === '' ? 'ListObjects' : 'GetObject';
  if (method === 'HEAD') return 'HeadObject';
  if (method === 'DELETE') return 'DeleteObject';
  if (method !== 'PUT') return 'Other';
  return 'x-amz-copy-source' in headers ? 'CopyObject' : 'PutObject';
}

function list(bucket: Bucket, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const limit = Math.min(Number(query.get('max-keys') ?? 1_000), 1_000);
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'hex').toString();
  const found = bucket.list(prefix, after, limit + 1);
  const page = found.slice(0, limit);
  const next = found.length > limit ? Buffer.from(page.at(-1)?.key ?? '').toString('hex') : undefined;
  return listXml(prefix, page, next);
}

function content(asked: Asked, found: StoredObject, versioned: boolean): Answer {
  const headers = {
    etag: found.etag,
    'last-modified': found.modifiedAt.toUTCString(),
    'accept-ranges': 'bytes',
    'x-amz-storage-class': found.storageClass,
    ...(versioned && { 'x-amz-version-id': found.versionId }),
  };
  const { length } = found.body;
  if (asked.action === 'HeadObject')
    return { status: 200, headers: { ...headers, 'content-length': String(length) } };
  const range = /^bytes=(\d+)-(\d*)$/.exec(asked.request.headers.range ?? '');
  if (range === null) return { status: 200, headers, body: found.body };
  if (asked.from >= length) return failed(416, 'InvalidRange');
  const to = Math.min(range[2] === '' ? length : Number(range[2]) + 1, length);
  const part = { 'content-range': `bytes ${asked.from}-${to - 1}/${length}` };
  return { status: 206, headers: { ...headers, ...part }, body: found.body.subarray(asked.from, to) };
}

function matches(condition: string | string[] | undefined, { etag }: StoredObject): boolean {
  return condition === undefined || condition === etag || `"${String(condition)}"` === etag;
}

const xml = (body: string): Answer => ({ status: 200, headers: { 'content-type': 'application/xml' }, body });

function failed(status: number, code: string): Answer {
  return { status, headers: { 'content-type': 'application/xml' }, body: errorXml(code) };
}
