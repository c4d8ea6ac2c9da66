import { median } from './figures.ts';
import type { Env } from './fleet.ts';
import type { Contents } from './loads/contents.ts';
import type { CpuSeconds } from './processes.ts';
import { prove } from './proof.ts';
import { copyRows, makeExpected } from './raw-copy.ts';
import { type Database, mustGoOn, type Servers, withDatabase } from './servers.ts';

/** What one way of loading took. */
export interface Timed {
  readonly seconds: number;
  readonly cpu: CpuSeconds;
  /** The most memory that a process of each part has had, in MiB. */
  readonly memory?: Readonly<Record<string, number>>;
  /** How many of the rows that must be there are, and how many others, where a way is not proved to be exact. */
  readonly right?: number;
  readonly surplus?: number;
  readonly [more: string]: unknown;
}

/** What a way of loading works with. */
export interface Round {
  readonly servers: Servers;
  readonly database: Database;
  readonly contents: Contents;
  readonly workers: number;
  readonly env: Env;
}

/** A way of loading the main files of the contents. */
export interface Way {
  /** Loads them, and times it. */
  readonly load: (round: Round) => Promise<Timed>;
  /** Looks at the result once all ways have loaded the files. */
  readonly check?: (round: Round, timed: Timed) => Promise<Timed>;
}

/** One round: what each way took, by name. */
export type Times<Name extends string> = Readonly<Record<Name, Timed>>;

/**
 * Runs all ways in each round, in a new database on the same servers. Another one comes first in each round, because the later ones
 * find a server that has worked. Each round ends with the proof that the pipeline has made exactly the rows that COPY made.
 * @throws VoidRun when a row is wrong (I1)
 */
export async function runRounds<Name extends string>(
  {
    workers,
    rounds,
    env,
    ...o
  }: { servers: Servers; contents: Contents; workers: number; rounds: number; env: Env },
  ways: Readonly<Record<Name, Way>>,
): Promise<Times<Name>[]> {
  const { servers, contents } = o;
  const results: Times<Name>[] = [];
  const names = Object.keys(ways) as Name[];
  for (let i = 0; i < rounds; i += 1) {
    mustGoOn(servers);
    servers.say(`round ${i + 1} of ${rounds}`);
    results.push(
      await withDatabase(servers, async (database) => {
        const { sql } = database;
        const round = { servers, database, contents, workers, env };
        if (contents.kind.ddl !== undefined) await sql.unsafe(contents.kind.ddl);
        await makeExpected(sql, contents.kind);
        const times: Partial<Record<Name, Timed>> = {};
        for (const name of [...names.slice(i % names.length), ...names.slice(0, i % names.length)]) {
          await sql`CHECKPOINT`;
          times[name] = await ways[name].load(round);
        }
        for (const name of names) {
          const { check } = ways[name];
          const timed = times[name];
          if (check && timed) times[name] = await check(round, timed);
        }
        await copyRows(sql, contents.kind, contents.warmUp.written);
        await prove(sql, contents.kind, [contents.warmUp.written, contents.main.written]);
        return times as Times<Name>;
      }),
    );
  }
  return results;
}

/** CPU in us for each of so many records: of each part, and all of it. The medians of the rounds. */
export function cpuPerRecord(timed: readonly Timed[], records: number): Record<string, number> {
  const us = (seconds: number) => (seconds / records) * 1e6;
  const parts = Object.keys(timed[0]?.cpu ?? {});
  const of = (part: string) => median(timed.map(({ cpu }) => us(cpu[part] ?? 0)));
  const all = median(
    timed.map(({ cpu }) => us(Object.values(cpu).reduce((sum, seconds) => sum + seconds, 0))),
  );
  return { ...Object.fromEntries(parts.map((part) => [part, of(part)])), all };
}

/** The most memory of each part in any round, in MiB. */
export function mostMemory(timed: readonly Timed[]): Record<string, number> {
  const parts = Object.keys(timed[0]?.memory ?? {});
  return Object.fromEntries(
    parts.map((part) => [part, Math.max(...timed.map(({ memory }) => memory?.[part] ?? 0))]),
  );
}
