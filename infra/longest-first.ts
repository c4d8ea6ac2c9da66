import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The slowest test files, slowest first. The list is fixed because a fresh clone has no measured times. */
const LONGEST = [
  'apps/chaos/test/lab.test.ts',
  'libs/pipeline/test/outages.test.ts',
  'apps/dashboard/test/page.test.ts',
  'apps/cli/test/rejects.test.ts',
  'libs/pipeline/test/folder.test.ts',
  'apps/cli/test/start.test.ts',
  'libs/pipeline/test/clean-up.test.ts',
  'libs/pipeline/test/odd-files.test.ts',
  'libs/pipeline/test/exactly-once.test.ts',
  'libs/pipeline/test/corpus.test.ts',
  'apps/dashboard/test/outage.test.ts',
  'apps/cli/test/operations.test.ts',
  'apps/cli/test/commands.test.ts',
  'libs/embedded/test/servers.test.ts',
  'apps/chaos/test/nth-call.test.ts',
  'apps/cli/test/secrets.test.ts',
  'libs/core/test/fuzz.test.ts',
  'libs/pipeline/test/neighbour.test.ts',
  'libs/pipeline/test/reject-records.test.ts',
  'libs/pipeline/test/same-token.test.ts',
];

/** Tells the CPU of a record at the end of the tests. */
const LAST = 'apps/bench/test/short-bench.test.ts';

/** Starts the slowest files first, so that none of them still runs alone at the end, and the short bench last. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      if (moduleId.endsWith(`/${LAST}`)) return LONGEST.length + 1;
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}`));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
