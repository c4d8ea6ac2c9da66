import { QUERY_GOAL_MS, type QueryTime } from '../dashboard.ts';
import { aligned } from '../figures.ts';
import { STALL_KINDS } from '../stall-kinds.ts';
import { STALL_GOAL_MS, type Stalls } from '../stalls.ts';

/** The longest stalls, for people. */
export function stallsAsTable(results: readonly Stalls[], mib: number): string {
  const row = (result: Stalls) => [
    result.kind,
    result.mibPerSecond.toFixed(1),
    String(Math.round(result.recordsPerSecond)),
    result.longestStallMs.toFixed(1),
    result.longestWorkMs.toFixed(1),
    String(Math.round(result.peakMemoryMib)),
    result.longestWorkMs <= STALL_GOAL_MS ? 'yes' : 'NO',
  ];
  const heading = [
    '',
    'MiB/s',
    'records/s',
    'longest stall, ms',
    'of its own',
    'peak MiB',
    `within ${STALL_GOAL_MS} ms`,
  ];
  const faults = results.flatMap(({ kind, fault }) =>
    fault === null ? [] : [`${kind} was read up to a fault: ${fault}`],
  );
  const measured = new Set(results.map(({ kind }) => kind));
  const kinds = STALL_KINDS.filter(({ name }) => measured.has(name)).map(({ name, what }) => [name, what]);
  return `
${aligned([heading, ...results.map(row)])}
${faults.map((line) => `\n${line}`).join('')}
A stall is a time in which the process does nothing else: the goal is ${STALL_GOAL_MS} ms at most. Each kind of content was read
four files at once in one process, ${mib} MiB of text each. The verdict is on the stalls of its own making, in CPU time:

${kinds.map(([name = '', what]) => `  ${name.padEnd(12)}${what}`).join('\n')}
`;
}

/** The times of the dashboard's queries, for people. */
export function queriesAsTable(times: readonly QueryTime[]): string {
  const row = ({ name, median, worst }: QueryTime) => [
    name,
    median.toFixed(1),
    worst.toFixed(1),
    median <= QUERY_GOAL_MS ? 'yes' : 'NO',
  ];
  return `\n${aligned([['', 'median, ms', 'worst', `within ${QUERY_GOAL_MS} ms`], ...times.map(row)])}\n\n`;
}
