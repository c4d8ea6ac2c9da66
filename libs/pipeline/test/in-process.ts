import { createLogger, loadConfig } from '@sluice/process';
import { expect } from 'vitest';
import { closeStores, drain, type FeedStores, openStores, watch, work } from '../src/index.ts';
import { dropFile, type TestPipeline, testPipeline } from './load.ts';

/** A pipeline whose watcher and worker run in the test's own process. */
export interface InProcess extends TestPipeline {
  /** FeedStores of their own. */
  open(env?: Record<string, string>, whileAway?: 'wait' | 'fail'): FeedStores;
  /** Loads all that lies in the folder. */
  load(env?: Record<string, string>): Promise<void>;
}

export async function inProcess(): Promise<InProcess> {
  const pipeline = await testPipeline({ env: { STABLE_FOR: '0ms' } });
  const opened: FeedStores[] = [];
  const open: InProcess['open'] = (env = {}, whileAway = 'wait') => {
    const config = loadConfig({ env: { ...pipeline.env, ...env }, cwd: pipeline.env.DATA_DIR ?? '' });
    const one = openStores('test', config, createLogger('test', 'silent'), whileAway);
    opened.push(one);
    return one;
  };
  const load: InProcess['load'] = async (env = {}) => {
    const stop = new AbortController();
    const fleet = [watch(open(env), stop.signal), work(open(env), stop.signal)];
    expect(await drain(open(env), AbortSignal.timeout(20_000))).toBe('drained');
    stop.abort();
    await Promise.all(fleet);
  };
  const close = async () => {
    await Promise.all(opened.splice(0).map(closeStores));
    await pipeline.close();
  };
  return { ...pipeline, open, load, close };
}

export const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** The events of these numbers, one a line, from line 2 on. Files of as many numbers have the same size. */
export function eventsOf(ids: readonly number[]): string {
  const lines = ids.map((n) => `${idOf(n)},view,p,u,2026-01-01 00:00:00,1,1.00\n`);
  return `event_id,event_type,product_id,user_id,event_timestamp,quantity,price\n${lines.join('')}`;
}

export function dropEvents({ source }: TestPipeline, name: string, ids: readonly number[]): void {
  dropFile(source, name, eventsOf(ids));
}

export async function idsInTable({ sql }: TestPipeline): Promise<number[]> {
  const rows = await sql<{ n: number }[]>`
    SELECT right(event_id::text, 12)::int AS n FROM events ORDER BY 1`;
  return rows.map(({ n }) => n);
}
