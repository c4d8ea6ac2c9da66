import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CpuClock, ownCpu } from '../processes.ts';
import { rightRows } from '../proof.ts';
import type { Round, Timed, Way } from '../rounds.ts';

/** What a rival loads, and where to. */
interface Task {
  readonly folder: string;
  /** A table of its own, with its schema. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
}

/** Another way to load files, which a user might take. */
export interface Rival {
  /** A description for people. */
  readonly what: string;
  /** Why it cannot be run here, if so. */
  readonly missing: () => string | undefined;
  /** It makes its table by itself. */
  readonly ownTable?: boolean;
  /** The program that loads all files of the task and ends. */
  readonly command: (task: Task) => {
    readonly command: string;
    readonly args: readonly string[];
    readonly input: string;
  };
}

const LONGEST_COMPLAINT = 200;
const KEPT_OUTPUT = 100_000;

/** Runs a rival on the main files of a round. Unless it makes its table by itself, that has the columns, key and indexes of the feed's. */
export function wayOf(name: string, { command, ownTable }: Rival): Way {
  const tableIn = ({ contents }: Round) => `rival_${name}.${contents.kind.table}`;
  return {
    async load(round) {
      const { servers, database, contents } = round;
      const { kind, main } = contents;
      const table = tableIn(round);
      if (ownTable !== true) {
        const made = `CREATE SCHEMA rival_${name}; CREATE TABLE ${table} (LIKE ${kind.table} INCLUDING ALL)`;
        await database.sql.unsafe(made);
      }
      const task = { folder: main.folder, table, columns: kind.columns, key: kind.key };
      const clock = new CpuClock({ postgres: [servers.postgres.pid] });
      const [began, own] = [performance.now(), ownCpu()];
      const ended = await runProgram(command(task), addressOf(database.url));
      const seconds = (performance.now() - began) / 1000;
      return { seconds, cpu: { ...clock.read(), client: ownCpu() - own }, ...ended };
    },
    check: async (round, timed): Promise<Timed> => ({
      ...timed,
      ...(await rightRows(round.database.sql, round.contents.kind, tableIn(round))),
    }),
  };
}

/** How a rival finds the server: by the variables of libpq, or the whole address. */
function addressOf(url: string): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    BENCH_URL: url,
    ...{ PGHOST: hostname, PGPORT: port, PGDATABASE: pathname.slice(1) },
    ...{ PGUSER: decodeURIComponent(username), PGPASSWORD: decodeURIComponent(password) },
  };
}

/** @returns how it ended, and the first line that names an error */
async function runProgram(
  { command, args, input }: ReturnType<Rival['command']>,
  variables: Record<string, string>,
): Promise<{ exit: number; complaint: string }> {
  const child = spawn(command, args, {
    env: { ...process.env, ...variables },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (data: Buffer) => {
    output = (output + data.toString()).slice(0, KEPT_OUTPUT);
  });
  // A program that ends early does not read the rest of its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  const complaint = output.split('\n').find((line) => /error:/i.test(line)) ?? '';
  return { exit: code ?? -1, complaint: complaint.trim().slice(0, LONGEST_COMPLAINT) };
}
