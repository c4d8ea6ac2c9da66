import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeToken, writeUsers } from '@sluice/access';
import { Fleet, waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as schemas from '../src/api/schemas.ts';
import { closedFiles } from './browser.ts';
import { notShown, shippedQueries } from './monitoring.ts';
import { HEADER, lineOf, type TestDashboard, testDashboard } from './test-dashboard.ts';

let dashboard: TestDashboard;
let fleet: Fleet;
/** What every process of the fleet shows, for the check of what is asked for. */
const exposed: Sample[] = [];
const METRICS_TOKEN = 'a-token-for-metrics-alone';

beforeAll(async () => {
  dashboard = await testDashboard({ METRICS_TOKEN });
  const again = [lineOf(1), lineOf(2, { price: '9.99' })];
  dashboard.drop(
    'a.csv',
    HEADER + [lineOf(1), lineOf(2), ...again, 'null,view,p,u,2026-01-02 03:04:05,1,1\n'].join(''),
  );
  await dashboard.load();
  fleet = new Fleet({ ...dashboard.env, METRICS_TOKEN });
});

afterAll(async () => {
  await fleet.stop();
  await dashboard.close();
});

interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

const promtool = process.env.PROMTOOL ?? '/usr/bin/promtool';
if (!existsSync(promtool)) {
  console.warn(
    'SKIPPED: promtool does not check the metrics, because it is not on this machine (apt-get install prometheus, or set PROMTOOL)',
  );
}

/** Has promtool check metrics in the older format, the one that it reads. It complains about names and types too. */
function checkByPromtool(text: string): void {
  if (!existsSync(promtool)) return;
  const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  expect([status, stdout, stderr]).toEqual([0, '', '']);
}

/** Reads OpenMetrics text and refuses what promtool would: the order of lines, names, units, samples named twice. */
function familiesOf(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  expect(text.endsWith('\n# EOF\n')).toBe(true);
  let help: readonly [string, string] | undefined;
  let current: [string, Family] | undefined;
  for (const line of text.slice(0, -'# EOF\n'.length).trimEnd().split('\n')) {
    const [, about, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (about === 'HELP') help = [name, rest];
    else if (about === 'TYPE') {
      expect(help?.[0]).toBe(name);
      expect(families.has(name), `${name} is told twice`).toBe(false);
      current = [name, { type: rest, help: help?.[1] ?? '', samples: [] }];
      families.set(...current);
    } else {
      const [, sample = '', labels = '', value] = /^([a-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
      const suffixes = {
        counter: ['_total', '_created'],
        histogram: ['_bucket', '_sum', '_count'],
        gauge: [''],
        summary: ['', '_sum', '_count'],
      };
      const allowed: readonly string[] = suffixes[current?.[1].type as keyof typeof suffixes] ?? [];
      expect(
        allowed.map((suffix) => `${current?.[0]}${suffix}`),
        line,
      ).toContain(sample);
      expect(seen.has(`${sample} ${labels}`), `${line} is there twice`).toBe(false);
      seen.add(`${sample} ${labels}`);
      // Node's own figures are not a number until there is something to take the mean of.
      if (sample.startsWith('sluice_')) expect(Number.isNaN(Number(value)), line).toBe(false);
      current?.[1].samples.push({ name: sample, labels, value: Number(value) });
    }
  }
  return families;
}

const UNITS =
  /_(seconds|bytes|ratio|info|rows|files|jobs|slots|records|chunks|batches|connections|up|paused|per_second|total)$/;

async function metrics(): Promise<Map<string, Family>> {
  const headers = { ...dashboard.own, accept: 'application/openmetrics-text' };
  const answer = await dashboard.app.inject({ url: '/metrics', headers });
  expect(answer.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  return familiesOf(answer.body);
}

const samplesOf = (families: Map<string, Family>) => [...families.values()].flatMap(({ samples }) => samples);

const valuesOf = (families: Map<string, Family>, name: string) =>
  Object.fromEntries((families.get(name)?.samples ?? []).map(({ labels, value }) => [labels, value]));

describe('the metrics of the dashboard', () => {
  it('are well formed, named by convention, and labelled by nothing that grows', async () => {
    const families = await metrics();
    for (const [name, { type, help, samples }] of families) {
      if (!name.startsWith('sluice_')) continue;
      expect(name).toMatch(/^sluice_[a-z0-9]+(_[a-z0-9]+)*$/);
      expect(help.length, name).toBeGreaterThan(5);
      if (type === 'gauge' && !name.startsWith('sluice_health')) expect(name).toMatch(UNITS);
      const labels = new Set(
        samples.flatMap((sample) => [...sample.labels.matchAll(/(\w+)="/g)].map(([, label]) => label)),
      );
      const known = [
        'feed',
        'reason',
        'kind',
        'level',
        'state',
        'queue',
        'server',
        'role',
        'host',
        'number',
        'version',
        'le',
      ];
      expect(
        [...labels].filter((label) => !known.includes(label ?? '')),
        name,
      ).toEqual([]);
    }
    expect(families.has('process_cpu_seconds')).toBe(true);
    expect(families.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
  });

  it('are OpenMetrics for Prometheus and for who asks for it, and the older text, which promtool reads, for all others', async () => {
    const ask = async (accept: string) => {
      const { headers, body } = await dashboard.app.inject({
        url: '/metrics',
        headers: { ...dashboard.own, accept },
      });
      return { type: headers['content-type'], body };
    };
    const prometheus =
      'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.2';
    for (const accept of [prometheus, 'application/openmetrics-text']) {
      const { type, body } = await ask(accept);
      expect([accept, type]).toEqual([accept, 'application/openmetrics-text; version=1.0.0; charset=utf-8']);
      expect(body.endsWith('\n# EOF\n')).toBe(true);
    }
    expect((await ask('*/*')).type).toBe('text/plain; version=0.0.4; charset=utf-8');
    const { type, body } = await ask('text/plain;version=0.0.4');
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).not.toContain('# EOF');
    expect(body).toContain('\n# TYPE sluice_records_total counter\nsluice_records_total{feed="events"} 5\n');
    expect(body).toContain('\n# TYPE sluice_file_latency_seconds histogram\n');
  });

  it('are opened by METRICS_TOKEN, which opens nothing else', async () => {
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    const status = async (url: string, more: object = headers) =>
      (await dashboard.app.inject({ url, headers: { ...more } })).statusCode;
    expect(await status('/metrics')).toBe(200);
    expect(await status('/metrics?x')).toBe(400);
    expect(await status('/api/health')).toBe(401);
    expect(await status('/metrics', { authorization: `Bearer ${METRICS_TOKEN}s` })).toBe(401);
    expect(await status('/metrics', {})).toBe(401);
  });

  it('have totals of the ledger, so that another dashboard has the same', async () => {
    const families = await metrics();
    expect(valuesOf(families, 'sluice_records')).toEqual({ 'feed="events"': 5 });
    expect(valuesOf(families, 'sluice_rows_inserted')).toEqual({ 'feed="events"': 2 });
    expect(valuesOf(families, 'sluice_duplicates')).toEqual({
      'feed="events",kind="within_chunk"': 2,
      'feed="events",kind="of_committed"': 0,
    });
    expect(valuesOf(families, 'sluice_conflicts')).toEqual({ 'feed="events"': 1 });
    expect(valuesOf(families, 'sluice_rejects')).toMatchObject({
      'feed="events",reason="null_event_id"': 1,
      'feed="events",reason="field_count"': 0,
    });
    expect(valuesOf(families, 'sluice_jobs')).toMatchObject({ 'queue="insert",state="failed"': 0 });
    expect(valuesOf(families, 'sluice_staged_bytes')).toEqual({ '': 0 });
    expect(valuesOf(families, 'sluice_flush_age_seconds')['']).toBeGreaterThanOrEqual(0);
  });

  it('have a histogram of latencies, cumulative, that counts every file once however often it is asked', async () => {
    for (const files of [1, 2]) {
      if (files === 2) {
        dashboard.drop('b.csv', HEADER + lineOf(7));
        await dashboard.load();
      }
      const samples = (await metrics()).get('sluice_file_latency_seconds')?.samples ?? [];
      const buckets = samples.filter(({ name }) => name.endsWith('_bucket')).map(({ value }) => value);
      expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
      expect(buckets.at(-1)).toBe(files);
      const [sums] = await dashboard.stores.sql<{ seconds: number }[]>`
        SELECT sum(extract(epoch FROM closed_at - landed_at))::float8 AS seconds FROM sluice_files`;
      expect(samples.find(({ name }) => name.endsWith('_sum'))?.value).toBeCloseTo(sums?.seconds ?? 0, 5);
    }
  });
});

describe('the metrics and the health of a worker', () => {
  it('are served on a port of its own; a second one on the machine takes the next', async () => {
    const env = { METRICS_PORT: String(20_000 + (process.pid % 10_000)) };
    const served = async (role: 'worker' | 'watcher') => {
      const app = fleet.start(role, [], env);
      const [line] = await waitFor(
        () => {
          const lines = app.lines('metrics and health are served');
          return lines.length > 0 && lines;
        },
        { what: `the port of a ${role}` },
      );
      return String(line?.address);
    };
    const addresses = [await served('worker'), await served('watcher')];
    expect(new Set(addresses).size).toBe(2);
    const { token, kept } = makeToken();
    const program = { name: 'prometheus', role: 'viewer', values: false, scrypt: null, token: kept } as const;
    writeUsers(join(dashboard.env.DATA_DIR ?? '', 'users.json'), [program]);
    const headers = { authorization: `Bearer ${token}`, accept: 'application/openmetrics-text' };
    for (const address of addresses) {
      expect((await fetch(`${address}/metrics`)).status).toBe(401);
      expect((await fetch(`${address}/metrics`, { headers: { authorization: 'Bearer x' } })).status).toBe(
        401,
      );
      const alone = { headers: { authorization: `Bearer ${METRICS_TOKEN}` } };
      expect((await fetch(`${address}/metrics`, alone)).status).toBe(200);
      const families = familiesOf(await (await fetch(`${address}/metrics`, { headers })).text());
      expect(families.get('sluice_build_info')?.samples).toHaveLength(1);
      expect((await fetch(`${address}/metrics`, { method: 'POST' })).headers.get('allow')).toBe(
        'GET, HEAD, OPTIONS',
      );
      const unknown = await fetch(`${address}/livez?deep`);
      expect([unknown.status, await unknown.text()]).toEqual([
        400,
        'unknown key in the query: "deep"; known here: verbose\n',
      ]);
      expect((await fetch(`${address}/livez`)).status).toBe(200);
      await waitFor(async () => (await fetch(`${address}/readyz`)).status === 200, {
        what: `${address} being ready`,
      });
      expect(await (await fetch(`${address}/readyz?verbose`)).text()).toBe(
        '[+] postgres ok\n[+] migrations ok\n[+] redis ok\nok\n',
      );
      expect((await fetch(`${address}/`)).status).toBe(404);
    }
    await waitFor(
      async () => Object.keys(valuesOf(await metrics(), 'sluice_process_memory_bytes')).length === 2,
      { what: 'the figures of both in the fleet' },
    );
    const { processes } = schemas.fleet.parse((await dashboard.get('/api/fleet')).body);
    expect(processes.map(({ metrics: address }) => address).sort()).toEqual(addresses.toSorted());

    const [worker = '', watcher = ''] = addresses;
    const [{ files: before } = { files: 0 }] = await dashboard.stores.sql<{ files: number }[]>`
      SELECT count(*)::int AS files FROM sluice_files WHERE closed_at IS NOT NULL`;
    const content = HEADER + [lineOf(31), lineOf(32), lineOf(32)].join('');
    dashboard.drop('own.csv', content);
    await closedFiles(dashboard, before + 1);
    const sums = async (address: string) => {
      const text = await (
        await fetch(`${address}/metrics`, { headers: { ...headers, accept: '*/*' } })
      ).text();
      checkByPromtool(text);
      const lines = [...text.matchAll(/^(sluice_stage_\S+?)(?:_total)?\{stage="(\w+)"\} (\S+)$/gm)];
      return Object.fromEntries(lines.map(([, name, stage, value]) => [`${name} ${stage}`, Number(value)]));
    };
    const bytes = Buffer.byteLength(content);
    expect(await sums(watcher)).toMatchObject({
      'sluice_stage_files scan': 1,
      'sluice_stage_bytes scan': bytes,
    });
    expect(await sums(worker)).toMatchObject({
      ...{
        'sluice_stage_files parse': 1,
        'sluice_stage_bytes parse': bytes,
        'sluice_stage_records parse': 3,
      },
      ...{ 'sluice_stage_records flush': 3, 'sluice_stage_records insert': 3, 'sluice_stage_rows insert': 2 },
      ...{ 'sluice_stage_files insert': 1, 'sluice_stage_duration_seconds_count parse': 1 },
      ...{ 'sluice_stage_duration_seconds_count insert': 1 },
    });
    const { authorization } = headers;
    const ofFleet = await dashboard.app.inject({ url: '/metrics', headers: { authorization } });
    expect(ofFleet.statusCode).toBe(200);
    checkByPromtool(ofFleet.body);
    for (const address of addresses)
      exposed.push(...samplesOf(familiesOf(await (await fetch(`${address}/metrics`, { headers })).text())));
  });

  it('and those of the dashboard have all that the alerts, the board and the scaler ask for', async () => {
    exposed.push(...samplesOf(await metrics()));
    const queries = shippedQueries();
    expect(queries.length).toBeGreaterThan(30);
    const lost = queries.flatMap(({ where, query }) =>
      notShown(query, exposed).map((what) => `${where}: ${what}`),
    );
    expect(lost).toEqual([]);
    const wrong = 'sum by (shop) (sluice_jobs{queue="inserts"}) + sluice_nothing';
    expect(notShown(wrong, exposed)).toEqual([
      'sluice_jobs{queue="inserts"}',
      'sluice_nothing',
      'sluice_nothing{}',
      'by (shop)',
    ]);
  });
});
