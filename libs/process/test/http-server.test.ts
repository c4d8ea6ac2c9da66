import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { waitFor } from '@sluice/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { createLogger, limitedServer, serveMetrics } from '../src/index.ts';

async function opened(port: number, head: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  // Being cut off is what is tested.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`${head}\r\nHost: localhost\r\n`);
  return socket;
}

it('ends 300 bodies that do not come to an end, and never has more connections than its limit', async () => {
  const server = limitedServer((request, response) => {
    request.resume().on('end', () => response.end('ok'));
  });
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(server.requestTimeout).toBeGreaterThan(0);
  const connections = () => new Promise<number>((resolve) => server.getConnections((_, n) => resolve(n)));
  const sockets = await Promise.all(Array.from({ length: 300 }, () => opened(port, 'POST / HTTP/1.1')));
  for (const socket of sockets) socket.write('Content-Length: 1000\r\n\r\nslow');
  const closed = () => sockets.filter((socket) => socket.closed).length;
  await waitFor(() => closed() === 300 - server.maxConnections, {
    what: 'the end of those beyond the limit',
  });
  expect(await connections()).toBe(server.maxConnections);
  // Looked at again at each check, so a test need not wait for as long as a server does.
  Object.assign(server, { requestTimeout: 1, headersTimeout: 1 });
  await waitFor(async () => (await connections()) === 0, { what: 'the end of the slow bodies' });
  const late = await opened(port, 'GET / HTTP/1.1');
  late.write('Connection: close\r\n\r\n');
  expect(await text(late)).toContain('200 OK');
});

it('the metrics server answers an address that is none, and logs nothing of it', async () => {
  const lines: object[] = [];
  const log = createLogger('test', 'silent');
  Object.assign(log, {
    info: (about: object) => lines.push(about),
    error: (about: object) => lines.push(about),
  });
  const config = {
    metricsHost: '127.0.0.1',
    metricsPort: 30_000 + (process.pid % 10_000),
  };
  const ready = async () => ({ ready: true, checks: [] });
  await serveMetrics({ role: 'test', stages: [], config, log, ready, isKnown: () => false });
  const [{ address = '' } = {}] = lines as { address?: string }[];
  for (const target of ['//', '///', '//[', '/%', '/%00', 'http://[', '*', '/livez%']) {
    const socket = await opened(Number(new URL(address).port), `GET ${target} HTTP/1.1`);
    socket.write('Connection: close\r\n\r\n');
    const answer = await text(socket);
    expect([target, answer]).toEqual([target, expect.stringMatching(/^HTTP\/1\.1 404 /)]);
  }
  expect(lines).toHaveLength(1);
});
