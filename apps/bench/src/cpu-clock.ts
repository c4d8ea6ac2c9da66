import { readdirSync, readFileSync } from 'node:fs';

const TICKS_A_SECOND = 100;

/** The parts that share the machine while rows are loaded. */
export type Part = 'watcher' | 'workers' | 'postgres' | 'redis';

export type CpuSeconds = Readonly<Record<Part, number>>;

/** Measures the CPU time of processes and their children since its creation, from Linux's /proc. It is 0 without /proc. */
export class CpuClock {
  readonly #pids: Readonly<Record<Part, readonly number[]>>;
  readonly #began: CpuSeconds;

  constructor(pids: Readonly<Record<Part, readonly number[]>>) {
    this.#pids = pids;
    this.#began = this.#now();
  }

  read(): CpuSeconds {
    const now = this.#now();
    const since = (part: Part) => now[part] - this.#began[part];
    return {
      watcher: since('watcher'),
      workers: since('workers'),
      postgres: since('postgres'),
      redis: since('redis'),
    };
  }

  #now(): CpuSeconds {
    const processes = readProcesses();
    const of = (part: Part) =>
      processes
        .filter(({ pid, parent }) => this.#pids[part].some((own) => own === pid || own === parent))
        .reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_A_SECOND;
    return { watcher: of('watcher'), workers: of('workers'), postgres: of('postgres'), redis: of('redis') };
  }
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** User and system time, including that of ended children that the process waited for. */
  readonly ticks: number;
}

function readProcesses(): Process[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

function readProcess(pid: number): Process | undefined {
  try {
    // Take the fields after the program's name, which may contain spaces and parentheses.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
    return { pid, parent: fields[1] ?? 0, ticks };
  } catch {
    return undefined; // The process has ended.
  }
}
