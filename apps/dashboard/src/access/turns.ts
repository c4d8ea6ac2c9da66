/** The most passwords to check at once. Each check takes 32 MiB and a core. */
const AT_ONCE = 2;
/** The most tries of one network that may wait (I8). */
const WAITING = 20;
const NETWORKS = 200;

/** Lets networks try passwords in turn, so that a network with a thousand tries delays only itself. */
export class Turns {
  readonly #waiting = new Map<string, (() => void)[]>();
  #trying = 0;

  /** Resolves at this network's turn with a function that ends the turn, or with undefined if too many wait already. */
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

  /** Passes the turn to the network that has waited longest since its last turn. */
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
