import { S3Server } from '@sluice/testkit';
import { afterAll, vi } from 'vitest';
import { conforms, type Ground } from './conformance.ts';
import { ODD_KEYS, OUTSIDE_KEYS } from './s3-keys.ts';

vi.stubEnv('AWS_ACCESS_KEY_ID', 'key').stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');

const server = await S3Server.start();
afterAll(async () => await server[Symbol.asyncDispose]());
let buckets = 0;

async function bucket(): Promise<Ground> {
  const name = `bucket-${++buckets}`;
  // Every second bucket keeps versions, which must make no difference.
  const objects = server.bucket(name, buckets % 2 === 0);
  const put = async (key: string, content: string) => void objects.put(`in/${key}`, content);
  const contents = (prefix: string) => objects.contents(prefix);
  return {
    place: `s3://${name}/in`,
    options: { endpoint: server.endpoint, pathStyle: true },
    archive: `s3://${name}/archive`,
    oddNames: ODD_KEYS,
    outside: OUTSIDE_KEYS,
    put,
    change: put,
    remove: async (key) => objects.delete(`in/${key}`),
    files: async () => contents('in/'),
    // A file has the number of its version before its name there, so no two versions have one key.
    archived: async () => {
      const files: Record<string, string> = {};
      for (const [key, content] of Object.entries(contents('archive/'))) {
        const bare = key.replace(/^\d+-/, '');
        files[bare in files ? key : bare] = content;
      }
      return files;
    },
    denied: async (key, work) => {
      server.fails = ({ action, key: asked }) =>
        action === 'GetObject' && asked === `in/${key}`
          ? { kind: 'error', status: 403, code: 'AccessDenied' }
          : undefined;
      try {
        return await work();
      } finally {
        server.fails = () => undefined;
      }
    },
    away: async (work) => await server.without(name, work),
    async [Symbol.asyncDispose]() {
      server.fails = () => undefined;
    },
  };
}

conforms('a bucket', bucket);
