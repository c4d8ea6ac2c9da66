import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TcpProxy } from '../src/tcp-proxy.ts';

let server: Server;
let proxy: TcpProxy;

beforeEach(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => socket.write(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await TcpProxy.before((server.address() as AddressInfo).port);
});

afterEach(async () => {
  await proxy.close();
  server.close();
});

/** A client, what it has received, and the error that ended it. */
async function client(): Promise<{
  socket: Socket;
  received: () => string;
  error: () => string | undefined;
}> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1' });
  let text = '';
  let code: string | undefined;
  socket.on('data', (bytes) => {
    text += bytes.toString();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code;
  });
  await once(socket, 'connect');
  return { socket, received: () => text, error: () => code };
}

test('bytes go through in both directions, whole and in order', async () => {
  const { socket, received } = await client();
  const sent = Array.from({ length: 200_000 }, (_, i) => String(i)).join(' ');
  socket.write(sent);
  await waitFor(() => received().length === sent.length, { what: 'the echo' });
  expect(received()).toBe(sent);
  socket.destroy();
});

test('a reset ends the connections of that moment; later ones work', async () => {
  const first = await client();
  first.socket.write('a');
  await waitFor(() => first.received() === 'a', { what: 'the echo' });
  expect(proxy.reset({ inReply: false })).toBe(1);
  await waitFor(() => first.error() === 'ECONNRESET', { what: 'the reset' });
  const second = await client();
  second.socket.write('b');
  await waitFor(() => second.received() === 'b', { what: 'the echo' });
  second.socket.destroy();
});

test('a reset in the middle of a reply lets no more than a part of it through', async () => {
  const { socket, received, error } = await client();
  socket.write('first');
  await waitFor(() => received() === 'first', { what: 'the echo' });
  proxy.reset({ inReply: true });
  socket.write('0123456789');
  await waitFor(() => socket.destroyed, { what: 'the end of the connection' });
  expect('first01234').toContain(received());
  expect(error() ?? 'ECONNRESET').toBe('ECONNRESET');
});

test('with the server away a connection is broken at once', async () => {
  server.close();
  const { socket } = await client();
  await waitFor(() => socket.destroyed, { what: 'the end of the connection' });
});
