import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@sluice/testkit';
import { afterAll, beforeAll } from 'vitest';
import { conforms, type Ground } from './conformance.ts';

// The tests that every kind of source passes, against the server of OpenSSH: npm run test:sftp. Where root runs them, the server runs as
// nobody, because root may read every file.

const { SSHD = '/usr/sbin/sshd' } = process.env;
const NOBODY = 65_534;
const asRoot = userInfo().uid === 0;
const user = asRoot ? 'nobody' : userInfo().username;
const root = mkdtempSync(join(tmpdir(), 'sluice-sftp-'));

/** Gives a file to the user of the server. */
function give(path: string): string {
  if (asRoot) chownSync(path, NOBODY, NOBODY);
  return path;
}

let port = 0;
let server: ChildProcess | undefined;

async function listens(): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false; // not yet
  } finally {
    socket.destroy();
  }
}

/** A process and those that it started. Each session is a process of its own, which outlives the server. */
function familyOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
}

async function start(): Promise<void> {
  const settings = { stdio: 'ignore', ...(asRoot && { uid: NOBODY, gid: NOBODY }) } as const;
  server = spawn(SSHD, ['-D', '-f', join(root, 'sshd_config')], settings);
  await waitFor(listens, { what: 'the server of SFTP' });
}

async function stop(): Promise<void> {
  if (server?.pid === undefined) return;
  const ended = once(server, 'exit');
  for (const pid of familyOf(server.pid)) process.kill(pid, 'SIGKILL');
  await ended;
  server = undefined;
}

beforeAll(async () => {
  chmodSync(root, 0o711);
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  port = (free.address() as AddressInfo).port;
  free.close();
  for (const name of ['host', 'client'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(root, name)]);
  copyFileSync(join(root, 'client.pub'), join(root, 'authorized'));
  for (const name of ['host', 'authorized']) give(join(root, name));
  const settings = [
    ...[`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${join(root, 'host')}`, 'PidFile none'],
    ...[`AuthorizedKeysFile ${join(root, 'authorized')}`, 'StrictModes no', 'UsePAM yes'],
    ...['PasswordAuthentication no', 'MaxStartups 100', 'Subsystem sftp internal-sftp'],
  ];
  writeFileSync(join(root, 'sshd_config'), `${settings.join('\n')}\n`);
  await start();
});
afterAll(async () => {
  await stop();
  rmSync(root, { recursive: true });
});

let grounds = 0;

async function sftp(): Promise<Ground> {
  grounds += 1;
  const top = join(root, String(grounds));
  const [place, archive] = [join(top, 'in'), join(top, 'archive')];
  for (const folder of [top, place, archive]) {
    mkdirSync(folder);
    give(folder);
  }
  const contents = (path: string): Record<string, string> =>
    Object.fromEntries(
      (existsSync(path) ? readdirSync(path) : []).map((name) => [
        name,
        readFileSync(join(path, name), 'utf8'),
      ]),
    );
  // SFTP tells whole seconds, so two contents within one second have to differ in their time.
  let clock = Math.floor(Date.now() / 1000);
  const write = (path: string, content: string) => {
    clock += 2;
    writeFileSync(path, content);
    utimesSync(give(path), clock, clock);
  };
  const at = (path: string) => `sftp://${user}@127.0.0.1:${port}${path}`;
  const hostKey = readFileSync(join(root, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  return {
    place: at(place),
    options: { auth: { keyFile: join(root, 'client'), hostKey } },
    archive: at(archive),
    oddNames: [
      'a b.csv',
      'ü.csv',
      'a\nb.csv',
      'a\\b.csv',
      '-rf.csv',
      '*?[x].csv',
      '🛒.csv',
      `${'x'.repeat(251)}.csv`,
    ],
    outside: ['../a.csv', '/etc/passwd', 'a/../../b.csv', '..', '.', '', 'a/', 'sub/a.csv', '\ufffd.csv'],
    put: async (name, content) => {
      write(join(top, 'draft'), content);
      renameSync(join(top, 'draft'), join(place, name));
    },
    change: async (name, content) => write(join(place, name), content),
    remove: async (name) => rmSync(join(place, name)),
    files: async () => contents(place),
    archived: async () => contents(archive),
    denied: async (name, work) => {
      chmodSync(join(place, name), 0);
      try {
        return await work();
      } finally {
        chmodSync(join(place, name), 0o644);
      }
    },
    away: async (work) => {
      await stop();
      try {
        return await work();
      } finally {
        await start();
      }
    },
    [Symbol.asyncDispose]: async () => rmSync(top, { recursive: true }),
  };
}

conforms('a folder of OpenSSH', sftp, { flat: true });
