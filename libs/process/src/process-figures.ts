import { readFileSync } from 'node:fs';
import { cpus, freemem, totalmem } from 'node:os';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** The load of this process since the last reading. */
export interface ProcessFigures {
  /** Percent of one processor. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly heapBytes: number;
  /** How late the event loop was. */
  readonly eventLoopP99Ms: number;
  readonly eventLoopMaxMs: number;
}

/** The load of the machine since the last reading. */
export interface HostFigures {
  readonly cpus: number;
  /** Percent of all processors. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly memoryUsedBytes: number;
  /** Null if the system does not say. */
  readonly receivedMbps: number | null;
  readonly sentMbps: number | null;
}

/**
 * How often the delay of the event loop is sampled. Measured delays include this time, so it is subtracted. In a process that has
 * nothing to do, the samples would cost more than all else that it does.
 */
const RESOLUTION_MS = { busy: 20, idle: 200 } as const;

/** The share of a processor from which a process counts as busy, in percent. */
const BUSY_PERCENT = 5;

interface Network {
  readonly received: number;
  readonly sent: number;
}

interface Look {
  readonly at: number;
  readonly process: NodeJS.CpuUsage;
  readonly host: { readonly cpus: number; readonly busy: number; readonly all: number };
  readonly network: Network | undefined;
}

/** Measures this process and its machine between two readings, without a child process or a thread. */
export class Figures {
  readonly #delays = {
    busy: monitorEventLoopDelay({ resolution: RESOLUTION_MS.busy }),
    idle: monitorEventLoopDelay({ resolution: RESOLUTION_MS.idle }),
  };
  #load: keyof typeof RESOLUTION_MS = 'busy';
  #last = look();

  constructor() {
    this.#delays[this.#load].enable();
  }

  read(): { readonly process: ProcessFigures; readonly host: HostFigures } {
    const [before, now] = [this.#last, look()];
    this.#last = now;
    const ms = Math.max(1, now.at - before.at);
    const used = now.process.user + now.process.system - before.process.user - before.process.system;
    const delay = this.#delays[this.#load];
    const late = (ns: number) => rounded(Math.max(0, ns / 1e6 - RESOLUTION_MS[this.#load]));
    const memory = process.memoryUsage();
    const figures = {
      process: {
        cpuPercent: rounded(used / 10 / ms),
        memoryBytes: memory.rss,
        heapBytes: memory.heapUsed,
        eventLoopP99Ms: late(delay.percentile(99)),
        eventLoopMaxMs: late(delay.max),
      },
      host: {
        cpus: now.host.cpus,
        cpuPercent: rounded(
          (100 * (now.host.busy - before.host.busy)) / Math.max(1, now.host.all - before.host.all),
        ),
        memoryBytes: totalmem(),
        memoryUsedBytes: totalmem() - freemem(),
        receivedMbps: mbps(before.network?.received, now.network?.received, ms),
        sentMbps: mbps(before.network?.sent, now.network?.sent, ms),
      },
    };
    delay.disable();
    this.#load = figures.process.cpuPercent < BUSY_PERCENT ? 'idle' : 'busy';
    this.#delays[this.#load].reset();
    this.#delays[this.#load].enable();
    return figures;
  }
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

function mbps(before: number | undefined, now: number | undefined, ms: number): number | null {
  if (before === undefined || now === undefined) return null;
  // The sum falls when a network interface is removed, because its counters are gone.
  return Math.round((Math.max(0, now - before) * 8) / ms) / 1000;
}

function look(): Look {
  const processors = cpus();
  const host = { cpus: processors.length, busy: 0, all: 0 };
  for (const { times } of processors) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq;
    host.all += all;
    host.busy += all - times.idle;
  }
  return { at: performance.now(), process: process.cpuUsage(), host, network: network() };
}

/** Bytes on the interfaces that lead out of this machine, without the loopback and bridges, which count them again. */
function network(): Network | undefined {
  let text: string;
  try {
    text = readFileSync('/proc/net/dev', 'utf8');
  } catch {
    return undefined; // The system is not Linux, or this process may not read the file.
  }
  let [received, sent] = [0, 0];
  for (const line of text.split('\n').slice(2)) {
    const [name = '', ...fields] = line.trim().split(/[:\s]+/);
    if (name === '' || /^(lo|veth|docker|br-|virbr)/.test(name)) continue;
    received += Number(fields[0]);
    sent += Number(fields[8]);
  }
  return { received, sent };
}
