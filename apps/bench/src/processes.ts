import { readdirSync, readFileSync } from 'node:fs';

const TICKS_A_SECOND = 100;

/** The processes of each part that shares the machine, by the part's name. */
export type Parts = Readonly<Record<string, readonly number[]>>;

/** Seconds of CPU by part. */
export type CpuSeconds = Readonly<Record<string, number>>;

/**
 * Measures the CPU time of parts since its creation, from Linux's /proc. Children count with their parent, also when they have
 * ended and it has waited for them: the sessions of PostgreSQL do. It is 0 without /proc.
 */
export class CpuClock {
  readonly #parts: Parts;
  readonly #began: CpuSeconds;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#began = cpuOf(parts);
  }

  read(): CpuSeconds {
    const now = Object.entries(cpuOf(this.#parts));
    return Object.fromEntries(now.map(([part, seconds]) => [part, seconds - (this.#began[part] ?? 0)]));
  }
}

function cpuOf(parts: Parts): CpuSeconds {
  const processes = readProcesses();
  const seconds = (pids: readonly number[]) =>
    processes
      .filter(({ pid, parent }) => pids.some((own) => own === pid || own === parent))
      .reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_A_SECOND;
  return Object.fromEntries(Object.entries(parts).map(([part, pids]) => [part, seconds(pids)]));
}

/** The CPU time of this process and of its ended children, such as a client that it has run, in seconds. */
export function ownCpu(): number {
  return (readProcess(process.pid)?.ticks ?? 0) / TICKS_A_SECOND;
}

/** The most memory that one process of each part has had since its start (VmHWM), in MiB. It is 0 without /proc. */
export function peakMemory(parts: Parts): Record<string, number> {
  const processes = readProcesses();
  const peak = (own: readonly number[]) =>
    processes
      .filter(({ pid, parent }) => own.includes(pid) || own.includes(parent))
      .reduce((most, { pid }) => Math.max(most, highWater(pid)), 0);
  return Object.fromEntries(Object.entries(parts).map(([part, pids]) => [part, peak(pids)]));
}

function highWater(pid: number): number {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib ?? 0) / 1024;
  } catch {
    return 0; // The process has ended.
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
