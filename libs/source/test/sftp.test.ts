import { createHmac } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SFTP_STATUS, SftpServer, waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listed, type Source, sourceAt } from '../src/index.ts';
import { knownHost } from '../src/sftp/known-hosts.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH8p4Zk1cVZcVn5v5yJrXlRZs1H0cC5eE6mBqGkS1W0a';
const NAME = '[files.example.com]:2222';

function hashed(name: string): string {
  const salt = Buffer.alloc(20, 7);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

describe('a file of known hosts', () => {
  it.each([
    ['a name', `${NAME} ${KEY} comment`, 1],
    ['one of several names', `other,${NAME} ${KEY}`, 1],
    ['a pattern', `[*.example.com]:2222 ${KEY}`, 1],
    ['a pattern that leaves it out', `[*.example.com]:2222,!${NAME} ${KEY}`, 0],
    ['a hashed name', `${hashed(NAME)} ${KEY}`, 1],
    ['the hash of another name', `${hashed('files.example.com')} ${KEY}`, 0],
    ['the name without the port', `files.example.com ${KEY}`, 0],
    ['a key that is none', `${NAME} ssh-ed25519 AAAA`, 0],
    ['a comment', `# ${NAME} ${KEY}`, 0],
  ])('gives trust by %s as OpenSSH does', (_, text, count) => {
    expect(knownHost(text, NAME).keys).toHaveLength(count);
  });

  it('gives none by an authority, tells of revoked keys, and is refused when it has a mark that cannot be read', () => {
    const { keys, revoked, hasAuthority } = knownHost(
      `@revoked ${NAME} ${KEY}\n@cert-authority *,${NAME} ${KEY}\n`,
      NAME,
    );
    expect([keys.length, revoked.length, hasAuthority]).toEqual([0, 1, true]);
    for (const line of [`@revoked ${NAME} nonsense`, `@other ${NAME} ${KEY}`])
      expect(() => knownHost(line, NAME)).toThrow('line 1');
  });
});

describe('a source of SFTP', () => {
  let server: SftpServer;
  let source: Source;
  beforeEach(async () => {
    server = await SftpServer.start();
    mkdirSync(join(server.root, 'in'));
    source = sourceAt(server.place('/in'), { options: { auth: server.auth } });
  });
  afterEach(async () => await server[Symbol.asyncDispose]());
  const put = (name: string, content: string) => writeFileSync(join(server.root, 'in', name), content);

  it('asks no server that it cannot recognise, and none without a key to log in with', async () => {
    const { keyFile, hostKey } = server.auth;
    const hosts = join(server.root, 'hosts');
    const [, port] = /:(\d+)/.exec(server.place('')) ?? [];
    const refused = async (auth: object, code: string) =>
      await expect(sourceAt(server.place('/in'), { options: { auth } }).ensure()).rejects.toMatchObject({
        code,
      });
    await refused({ keyFile }, 'HOST_KEY');
    await refused({ keyFile, hostKey: KEY }, 'HOST_KEY');
    await refused({ keyFile, hostKey: `SHA256:${'A'.repeat(43)}` }, 'HOST_KEY');
    writeFileSync(hosts, `other.example.com ${hostKey}\n`);
    await refused({ keyFile, knownHosts: hosts }, 'HOST_KEY');
    writeFileSync(hosts, `[127.0.0.1]:${port} ${hostKey}\n@revoked * ${hostKey}\n`);
    await refused({ keyFile, knownHosts: hosts }, 'HOST_KEY');
    await refused({ hostKey }, 'KEY');
    await refused({ hostKey, keyFile: join(server.root, 'none') }, 'KEY');
    writeFileSync(hosts, `[127.0.0.1]:${port} ${hostKey}\n`);
    await sourceAt(server.place('/in'), { options: { auth: { keyFile, knownHosts: hosts } } }).ensure();
    expect(server.asked.map(({ request }) => request)).toContain('opendir');
  });

  it('reads on where it was after a lost connection, and shares one connection among its feeds', async () => {
    const content = 'a line of a file\n'.repeat(100_000);
    put('a.csv', content);
    await using file = await source.open('a.csv');
    const given: string[] = [];
    for await (const block of file?.blocks() ?? []) {
      given.push(block.toString());
      if (given.length === 5) server.cut();
    }
    expect(given.join('') === content).toBe(true);
    await sourceAt(server.place('/in'), { options: { auth: server.auth } }).ensure();
    expect(server.connections).toBe(2);
  });

  it('is away when the server is frozen, waits for one that is slow, and comes again', async () => {
    put('a.csv', 'one\n'.repeat(200));
    source.io.within = 300;
    server.trickle = 20;
    expect(await (await source.open('a.csv'))?.wholeHash()).toEqual(expect.any(String));
    server.trickle = undefined;
    server.freeze();
    await expect(listed(source)).rejects.toMatchObject({ name: 'SourceHangs' });
    server.thaw();
    await waitFor(() => !source.io.hangs, { what: 'the request to end' });
    source.io.within = 30_000;
    expect(await listed(source)).toHaveLength(1);
  });

  it('never takes a file that the server cuts short for a whole one', async () => {
    put('a.csv', 'x'.repeat(500_000));
    let reads = 0;
    server.fault = ({ request }) => {
      if (request === 'read') reads += 1;
      return request === 'read' && reads > 3 ? { status: SFTP_STATUS.eof } : undefined;
    };
    await using file = await source.open('a.csv');
    await expect(file?.wholeHash()).rejects.toMatchObject({ code: 'CUT_SHORT' });
  });

  it('follows no link, and counts links, folders and names that are not UTF-8', async () => {
    put('a.csv', 'a');
    writeFileSync(
      Buffer.concat([Buffer.from(join(server.root, 'in/')), Buffer.from([0xff, 0x2e, 0x63])]),
      'b',
    );
    symlinkSync('a.csv', join(server.root, 'in', 'link.csv'));
    mkdirSync(join(server.root, 'in', 'sub'));
    expect([await source.open('link.csv'), await source.look('link.csv')]).toEqual([undefined, undefined]);
    for await (const page of source.list())
      expect(page).toMatchObject({ specials: 1, folders: 1, unreadableNames: 1 });
  });

  it('proves what clean-up needs by a trial that leaves nothing, and refuses an archive elsewhere', async () => {
    put('a.csv', 'a');
    const proved = await source.prove({ deletes: true, movesTo: [server.place('/archive')] });
    expect(proved.map(({ may, ok }) => `${may} ${ok}`)).toEqual([
      'list true',
      'read true',
      'archive true',
      'delete true',
    ]);
    server.fault = ({ request }) => (request === 'hardlink' ? { status: SFTP_STATUS.failure } : undefined);
    for (const place of [server.place('/archive'), 'sftp://partner@elsewhere.example.com/archive'])
      expect(await source.prove({ deletes: false, movesTo: [place] })).toMatchObject([
        {},
        {},
        { may: 'archive', ok: false },
      ]);
    expect(await listed(source)).toHaveLength(1);
    expect(await source.unfinished()).toEqual([]);
  });
});
