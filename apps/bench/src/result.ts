import { writeFileSync } from 'node:fs';
import { type Machine, thisMachine } from './machine.ts';
import type { Servers } from './servers.ts';

/** Where the result goes as JSON: to stdout, into a file, or nowhere. */
export type JsonTarget = string | true | undefined;

/** On what all of a run was measured. */
export interface Ground extends Machine {
  readonly at: string;
  readonly postgres: string | null;
  readonly redis: string | null;
}

export function groundOf(servers?: Servers): Ground {
  const { postgres, redis } = servers ?? {};
  return {
    at: new Date().toISOString(),
    ...thisMachine(),
    postgres: postgres?.version ?? null,
    redis: redis?.version ?? null,
  };
}

/** Writes the table for people, or the JSON in its place, or both if the JSON goes into a file. */
export function tell(
  json: JsonTarget,
  ground: Ground,
  results: Readonly<Record<string, unknown>>,
  table: string,
): void {
  if (json === true) process.stdout.write(asJson(ground, results));
  else process.stdout.write(`${table}\n${groundLine(ground)}\n`);
  writeJson(json, ground, results);
}

/** Writes the JSON into its file, if it goes into one. */
export function writeJson(
  json: JsonTarget,
  ground: Ground,
  results: Readonly<Record<string, unknown>>,
): void {
  if (typeof json === 'string') writeFileSync(json, asJson(ground, results));
}

const asJson = (ground: Ground, results: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify({ ground, ...results }, null, 2)}\n`;

function groundLine({ cpu, cores, memoryGib, system, node, sluice, postgres, redis }: Ground): string {
  const servers = postgres === null ? '' : `, PostgreSQL ${postgres} (durable), Redis ${redis}`;
  return `${cpu}, ${cores} cores, ${memoryGib} GiB, ${system}; Node ${node}, Sluice ${sluice}${servers}.`;
}
