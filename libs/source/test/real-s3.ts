import { once } from 'node:events';
import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll } from 'vitest';
import { conforms, type Ground } from './conformance.ts';
import { ODD_KEYS, OUTSIDE_KEYS } from './s3-keys.ts';

// The tests that every kind of source passes, against a real server that `npm run test:s3` has started. Between it and the client is a
// proxy, because only that can refuse one object, and take the whole store away.

const { S3_SERVER = '', S3_NAME = '' } = process.env;

/** The status with which a request is answered instead of by the server. */
let refuses: (method: string, path: string) => number | undefined = () => undefined;

const proxy = createServer((request, response) => {
  const { method = '', url = '', headers } = request;
  const status = refuses(method, decodeURIComponent(url.split('?')[0] ?? ''));
  if (status !== undefined) {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>${status === 403 ? 'AccessDenied' : 'SlowDown'}</Code></Error>`);
    return;
  }
  const onward = ask(`${S3_SERVER}${url}`, { method, headers, path: url }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  request.pipe(onward);
});
proxy.listen(0, '127.0.0.1');
await once(proxy, 'listening');
afterAll(() => {
  proxy.closeAllConnections();
  proxy.close();
});

const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
const client = new S3Client({
  endpoint,
  forcePathStyle: true,
  region: 'us-east-1',
  requestChecksumCalculation: 'WHEN_REQUIRED',
});
let buckets = 0;

async function bucket(): Promise<Ground> {
  const Bucket = `sluice-${Date.now()}-${++buckets}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  if (buckets % 2 === 0)
    await client
      .send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
      .catch(() => undefined); // a server without versions is tested without them
  const put = async (name: string, content: string) =>
    void (await client.send(new PutObjectCommand({ Bucket, Key: `in/${name}`, Body: content })));
  const contents = async (Prefix: string): Promise<Record<string, string>> => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
    const files = Contents.map(async ({ Key = '' }) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return [Key.slice(Prefix.length), (await Body?.transformToString()) ?? ''];
    });
    return Object.fromEntries(await Promise.all(files));
  };
  const during = async <T>(refused: typeof refuses, work: () => Promise<T>): Promise<T> => {
    refuses = refused;
    try {
      return await work();
    } finally {
      refuses = () => undefined;
    }
  };
  return {
    place: `s3://${Bucket}/in`,
    options: { endpoint, pathStyle: true },
    archive: `s3://${Bucket}/archive`,
    oddNames: ODD_KEYS.filter((key) => Buffer.byteLength(key) < 250),
    outside: OUTSIDE_KEYS,
    put,
    change: put,
    remove: async (name) => void (await client.send(new DeleteObjectCommand({ Bucket, Key: `in/${name}` }))),
    files: async () => await contents('in/'),
    archived: async () => {
      const files: Record<string, string> = {};
      for (const [key, content] of Object.entries(await contents('archive/'))) {
        const bare = key.replace(/^\d+-/, '');
        files[bare in files ? key : bare] = content;
      }
      return files;
    },
    denied: async (name, work) =>
      await during(
        (method, path) => (method === 'GET' && path === `/${Bucket}/in/${name}` ? 403 : undefined),
        work,
      ),
    away: async (work) => await during(() => 503, work),
    async [Symbol.asyncDispose]() {
      refuses = () => undefined;
    },
  };
}

conforms(`a bucket of ${S3_NAME}`, bucket);
