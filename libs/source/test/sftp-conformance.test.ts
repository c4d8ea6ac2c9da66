import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { SFTP_STATUS, SftpServer } from '@sluice/testkit';
import { afterAll } from 'vitest';
import { conforms, type Ground } from './conformance.ts';

const server = await SftpServer.start();
afterAll(async () => await server[Symbol.asyncDispose]());
let grounds = 0;

async function sftp(): Promise<Ground> {
  grounds += 1;
  const top = `/${grounds}`;
  const [place, archive] = [join(server.root, top, 'in'), join(server.root, top, 'archive')];
  mkdirSync(place, { recursive: true });
  const contents = (path: string): Record<string, string> =>
    Object.fromEntries(
      (existsSync(path) ? readdirSync(path) : []).map((name) => [
        name,
        readFileSync(join(path, name), 'utf8'),
      ]),
    );
  // The clock of the server goes on between two writes, as it does once a file has been stable for two seconds.
  let clock = Math.floor(Date.now() / 1000);
  const write = (path: string, content: string) => {
    clock += 2;
    writeFileSync(path, content);
    utimesSync(path, clock, clock);
  };
  return {
    place: server.place(`${top}/in`),
    options: { auth: server.auth },
    archive: server.place(`${top}/archive`),
    oddNames: [
      ...['a b.csv', 'ü.csv', 'u\u0308.csv', 'a\nb.csv', 'a\\b.csv', '-rf.csv', 'o\'b"c.csv', '%2e%2e.csv'],
      ...['*?[x].csv', '..csv', '...', 'a~2.csv', '文件.csv', '\u202egnp.csv', '🛒.csv', '\u007f.csv'],
      `${'x'.repeat(251)}.csv`,
    ],
    outside: ['../a.csv', '/etc/passwd', 'a/../../b.csv', '..', '.', '', 'a/', 'sub/a.csv', '\ufffd.csv'],
    put: async (name, content) => {
      write(join(server.root, 'draft'), content);
      renameSync(join(server.root, 'draft'), join(place, name));
    },
    change: async (name, content) => write(join(place, name), content),
    remove: async (name) => rmSync(join(place, name)),
    files: async () => contents(place),
    archived: async () => contents(archive),
    denied: async (name, work) => {
      server.fault = ({ request, path }) =>
        request === 'open' && path === `${top}/in/${name}` ? { status: SFTP_STATUS.denied } : undefined;
      try {
        return await work();
      } finally {
        server.fault = () => undefined;
      }
    },
    away: async (work) => {
      await server.stop();
      try {
        return await work();
      } finally {
        await server.resume();
      }
    },
    [Symbol.asyncDispose]: async () => rmSync(join(server.root, top), { recursive: true }),
  };
}

conforms('a folder of a server of SFTP', sftp, { flat: true });
