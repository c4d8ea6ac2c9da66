import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Fleet, tempFolder, testLedger, testRedis, waitFor } from '@sluice/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

const HEADER = 'event_id,event_type,product_id,user_id,event_timestamp,quantity,price\n';
const row = (n: number) => `00000000-0000-4000-8000-00000000000${n},view,p,u,2026-01-01 00:00:00,1,1.00\n`;

const attribute = z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) });
const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes: z.array(attribute).default([]),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
});
const exported = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(attribute) }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
});

interface Seen extends z.infer<typeof span> {
  readonly service: unknown;
}

/** A collector of OTLP over HTTP, with the spans that it was sent. */
async function collector(): Promise<{ url: string; spans: Seen[] }> {
  const spans: Seen[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { resourceSpans } = exported.parse(JSON.parse(Buffer.concat(parts).toString()));
      for (const { resource, scopeSpans } of resourceSpans) {
        const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue;
        spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((one) => ({ ...one, service }))));
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans };
}

async function place(own: Record<string, string>) {
  const database = await testLedger();
  const redis = testRedis();
  const dataDir = tempFolder();
  mkdirSync(join(dataDir, 'input_data'));
  const env = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    REDIS_PREFIX: redis.prefix,
    DATA_DIR: dataDir,
    STABLE_FOR: '0ms',
    FLUSH_INTERVAL: '1s',
    ...own,
  };
  const fleet = new Fleet(env);
  onTestFinished(async () => {
    await fleet.stop();
    await database.drop();
  });
  return {
    fleet,
    land: (name: string, text: string) => writeFileSync(join(dataDir, 'input_data', name), text),
  };
}

const LOOK = `import { registerHooks } from 'node:module';
registerHooks({ resolve: (name, context, next) => {
  if (/opentelemetry|bullmq-otel/.test(name)) process.stderr.write('LOADED ' + name + '\\n');
  return next(name, context);
} });`;
const LOOKING = `--import=data:text/javascript,${encodeURIComponent(LOOK)}`;

test('with a collector, each file has one trace over both processes, with its stages, and a batch links to its files', async () => {
  const { url, spans } = await collector();
  const { fleet, land } = await place({ OTEL_EXPORTER_OTLP_ENDPOINT: url, NODE_OPTIONS: LOOKING });
  land('a.csv', HEADER + row(1));
  land('b.csv', HEADER + row(2) + row(2));
  const watcher = fleet.start('watcher');
  const worker = fleet.start('worker');
  await waitFor(() => worker.lines('file complete').length === 2, { what: 'both files', timeoutMs: 90_000 });
  await fleet.stop();
  expect(watcher.output + worker.output).toContain('LOADED @opentelemetry/api');

  for (const [file, records] of [
    ['a.csv', '1'],
    ['b.csv', '2'],
  ] as const) {
    const root = spans.find(
      ({ name, attributes }) => name === 'file' && attributes.some(({ value }) => value.stringValue === file),
    );
    expect(root, file).toBeDefined();
    expect(root?.parentSpanId).toBeUndefined();
    expect(root?.attributes).toContainEqual({ key: 'records', value: { intValue: Number(records) } });
    const own = spans.filter(({ traceId }) => traceId === root?.traceId);
    const names = own.map(({ name, service }) => `${String(service)}: ${name}`);
    for (const name of [
      'sluice-worker: process parse',
      ...['landed', 'stable', 'queued', 'parse', 'stage', 'wait for flush', 'insert'].map(
        (stage) => `sluice-worker: ${stage}`,
      ),
    ])
      expect(names, file).toContain(name);
    for (const one of own) {
      if (one.name !== 'file') expect(own.map(({ spanId }) => spanId)).toContain(one.parentSpanId);
      expect(BigInt(one.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(one.startTimeUnixNano));
    }
    const batches = spans.filter(
      ({ name, links }) => name === 'process insert' && links.some((link) => link.traceId === root?.traceId),
    );
    expect(batches.length, file).toBe(1);
    expect(batches[0]?.traceId).not.toBe(root?.traceId);
    const [complete] = worker.lines('file complete').filter((line) => line.file === file);
    expect(complete?.trace_id).toBe(root?.traceId);
    const [parsed] = worker.lines('parsed').filter((line) => line.file === file);
    expect(parsed?.trace_id).toBe(root?.traceId);
  }
  const committed = worker.lines('committed').map((line) => line.trace_id);
  expect(
    committed.every((id) => spans.some(({ traceId, name }) => traceId === id && name === 'process insert')),
  );
  expect(spans.some(({ name, service }) => service === 'sluice-watcher' && name.startsWith('addBulk'))).toBe(
    true,
  );
  expect(spans.filter(({ name }) => /^(?:getNextJob|moveStalled)/.test(name))).toEqual([]);
});

test('without a collector no process loads a module of OpenTelemetry, and no line of the log names a trace', async () => {
  const { fleet, land } = await place({ NODE_OPTIONS: LOOKING });
  land('a.csv', HEADER + row(1));
  const watcher = fleet.start('watcher');
  const worker = fleet.start('worker');
  await waitFor(() => worker.lines('file complete').length === 1, { what: 'the file', timeoutMs: 90_000 });
  await fleet.stop();
  expect(watcher.output + worker.output).not.toContain('LOADED');
  expect(worker.output).not.toContain('trace_id');
});

test('a collector that is away is told of and delays no file and no stop', async () => {
  const { fleet, land } = await place({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
  land('a.csv', HEADER + row(1));
  fleet.start('watcher');
  const worker = fleet.start('worker');
  await waitFor(() => worker.lines('file complete').length === 1, { what: 'the file', timeoutMs: 90_000 });
  await waitFor(() => worker.lines('traces cannot be sent').length > 0, {
    what: 'the warning',
    timeoutMs: 90_000,
  });
  await fleet.stop();
  expect(await worker.ended()).toBe(0);
});
