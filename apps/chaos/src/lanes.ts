import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { inject, type Victims } from './faults.ts';
import type { Fault, FaultKind, Phase } from './plan.ts';
import type { FaultCount } from './verdict.ts';

/** How long to wait for a point to be passed: on the first try, and on a later try at the end of its lane. */
const WITHIN_MS = 6_000;
const AGAIN_WITHIN_MS = 12_000;
const TRIES = 8;
const TELL_EVERY = 50;

/** Injects the faults of a plan, in three lanes at a time, and counts them. */
export class Lanes {
  readonly #victims: Victims;
  readonly #over: () => boolean;
  readonly #total: number;
  readonly #counts = new Map<FaultKind, { planned: number; done: number }>();
  readonly #say: (message: string) => void;
  readonly #journal: string;
  #ended = 0;
  #wasEnded = false;

  /** @param o.over whether to stop injecting faults; `journal` is the file that records each fault */
  constructor(
    phases: readonly Phase[],
    victims: Victims,
    o: {
      readonly over: () => boolean;
      readonly say: (message: string) => void;
      readonly journal: string;
    },
  ) {
    this.#victims = victims;
    this.#over = o.over;
    this.#say = o.say;
    this.#journal = o.journal;
    const faults = phases.flatMap(({ watcher, worker, servers }) => [...watcher, ...worker, ...servers]);
    this.#total = faults.length;
    for (const { kind } of faults) this.#count(kind).planned += 1;
  }

  /** The share of all faults that are done, 0 to 1. */
  get progress(): number {
    return this.#total === 0 ? 1 : this.#ended / this.#total;
  }

  get counts(): Readonly<Partial<Record<FaultKind, FaultCount>>> {
    return Object.fromEntries(this.#counts);
  }

  /** Ends the faults, whatever the plan has left. */
  end(): void {
    this.#wasEnded = true;
  }

  async run({ watcher, worker, servers }: Phase): Promise<void> {
    await Promise.all([watcher, worker, servers].map((lane) => this.#runLane(lane)));
  }

  /** A point that no process passes in time is tried again after the others. If that fails, it becomes a kill from outside. */
  async #runLane(lane: readonly Fault[]): Promise<void> {
    const queue = lane.map((fault) => ({ fault, tries: 1 }));
    for (
      let next = queue.shift();
      next !== undefined && !this.#wasEnded && !this.#over();
      next = queue.shift()
    ) {
      const { fault, tries } = next;
      await delay(fault.rest);
      const began = new Date().toISOString();
      const done = await inject(fault, this.#victims, tries === 1 ? WITHIN_MS : AGAIN_WITHIN_MS);
      const ended = new Date().toISOString();
      appendFileSync(this.#journal, `${JSON.stringify({ began, ended, done, ...fault })}\n`);
      if (!done && fault.kind === 'kill' && fault.at !== undefined && tries < TRIES) {
        queue.push({ fault: { ...fault, at: { ...fault.at, nth: 1 } }, tries: tries + 1 });
        continue;
      }
      if (!done && fault.kind === 'kill') await inject({ ...fault, at: undefined }, this.#victims, WITHIN_MS);
      if (done || fault.kind === 'kill') this.#count(fault.kind).done += 1;
      this.#ended += 1;
      if (this.#ended % TELL_EVERY === 0) this.#say(`${this.#ended} of ${this.#total} faults`);
    }
  }

  #count(kind: FaultKind): { planned: number; done: number } {
    const count = this.#counts.get(kind) ?? { planned: 0, done: 0 };
    this.#counts.set(kind, count);
    return count;
  }
}
