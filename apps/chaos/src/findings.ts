/** What must hold after any fault, and how the report says it. */
export const INVARIANTS = {
  complete: 'every file that was left in the folder is complete, and nothing is open',
  missing: 'no row is missing',
  extra: 'no row is there that no file brought',
  wrong: 'every column of every row is as the file has it',
  origin: 'every row has the time of the commit that claimed its record',
  conservation: 'records = inserted + duplicates + rejects, in each file (I1)',
  records: 'each file and each chunk counts the records that were written',
  duplicates: 'duplicates and inserted rows of each file are those that were written',
  rejects: 'rejects are the broken records, each with its line and code',
  conflicts: 'conflicts are the duplicates with other content',
  claims: 'no line is claimed twice, and none is left out (I3)',
  sums: 'the ledger, its commits and the table add up to the same',
  deadlocks: 'no two processes locked each other out in PostgreSQL',
  places: 'every source file is where the settings say (I5)',
  feeds: 'each other feed has exactly the rows and rejects that its files brought',
  backup: 'the backup brings back what was complete, but not what came after it',
  verify: 'the proof that "verify" makes finds nothing wrong in any feed',
  staging: 'staging is empty, no micro-batch is open',
  jobs: 'no job is left over, waiting or failed',
  apps: 'no app ended by itself',
  drained: 'all was drained within 120 s of the last fault, without a command',
  points: 'a process died at every kill point',
  takeover: "a crashed worker's jobs were picked up within 60 s at default settings",
} as const;
export type Invariant = keyof typeof INVARIANTS;

export interface Finding {
  readonly invariant: Invariant;
  /** How many things were checked. */
  checked: number;
  breaches: number;
  /** The first breaches. Records appear as file:line, never with their values (I10). */
  readonly first: string[];
}

const TOLD = 8;

/** Collects what was checked and what was found wrong. */
export class Findings {
  readonly #findings = new Map<Invariant, Finding>();

  /** Notes that `count` things were checked. */
  checked(invariant: Invariant, count = 1): void {
    this.#of(invariant).checked += count;
  }

  breach(invariant: Invariant, where: string): void {
    const finding = this.#of(invariant);
    finding.breaches += 1;
    if (finding.first.length < TOLD) finding.first.push(where);
  }

  /** Checks one thing. It is a breach if it does not hold. */
  expect(invariant: Invariant, holds: boolean, where: () => string): void {
    this.checked(invariant);
    if (!holds) this.breach(invariant, where());
  }

  get all(): Finding[] {
    const order = Object.keys(INVARIANTS);
    return [...this.#findings.values()].sort(
      (a, b) => order.indexOf(a.invariant) - order.indexOf(b.invariant),
    );
  }

  get held(): boolean {
    return this.all.every(({ breaches }) => breaches === 0);
  }

  #of(invariant: Invariant): Finding {
    const found = this.#findings.get(invariant) ?? { invariant, checked: 0, breaches: 0, first: [] };
    this.#findings.set(invariant, found);
    return found;
  }
}
