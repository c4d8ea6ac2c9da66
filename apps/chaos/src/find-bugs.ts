import type { Invariant } from './findings.ts';
import { runLab } from './lab.ts';
import { PLANTED_BUGS, type PlantedBug, type PlantedBugName } from './planted-bugs.ts';

/** Whether the lab found a planted bug, and by which invariants. */
export interface BugHunt {
  readonly name: PlantedBugName;
  readonly about: string;
  readonly brokenBy: readonly Invariant[];
  /** The time in seconds. */
  readonly took: number;
}

/** Long enough for a working pipeline. The lab need not wait for a pipeline that a bug has halted. */
const DRAINED_WITHIN_S = 20;

/** Runs the lab once for each bug, with the bug in the apps. If a bug is not found, the lab proves nothing. */
export async function* findBugs(
  names: readonly PlantedBugName[],
  o: { readonly seed: number; readonly say: (message: string) => void; readonly stopping: AbortSignal },
): AsyncGenerator<BugHunt> {
  for (const name of names) {
    const { about, edits: _, ...run }: PlantedBug = PLANTED_BUGS[name];
    o.say(`planted ${name}: ${about}`);
    const verdict = await runLab({
      ...o,
      ...run,
      feeds: 1,
      drainedWithin: DRAINED_WITHIN_S,
      keep: false,
      preload: [new URL('./plant.ts', import.meta.url).href],
      env: { PLANTED_BUG: name },
    });
    const brokenBy = verdict.findings
      .filter(({ breaches }) => breaches > 0)
      .map(({ invariant }) => invariant);
    yield { name, about, brokenBy, took: verdict.took };
  }
}
