/** At most so many passwords are tried at once: each takes 32 MiB and a core. */
const AT_ONCE = 2;
/** So many tries of one network may wait (I8). */
const WAITING = 20;
const NETWORKS = 200;

/** Lets networks try passwords in turn: whoever brings a thousand tries waits for himself, not the others for him. */
export class Turns {
  readonly #waiting = new Map<string, (() => void)[]>();
  #trying = 0;

  /** Resolves when it is this network's turn, with what ends it; with undefined when too many wait already. */
  async take(network: string): Promise<(() => void) | undefined> {
    const own = this.#waiting.get(network) ?? [];
    if (own.length >= WAITING || this.#waiting.size > NETWORKS) return undefined;
    if (this.#trying >= AT_ONCE) {
      await new Promise<void>((resolve) => this.#waiting.set(network, [...own, resolve]));
    } else {
      this.#trying += 1;
    }
    return () => this.#next();
  }

  /** The turn passes to the network that waits longest since its last one. */
  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#trying -= 1;
      return;
    }
    const [network, [turn, ...others]] = first;
    this.#waiting.delete(network);
    if (others.length > 0) this.#waiting.set(network, others);
    turn?.();
  }
}
