import { KILL_POINTS } from '@sluice/process';
import { type Finding, INVARIANTS } from './findings.ts';
import type { Verdict } from './verdict.ts';

export function asJson(verdict: Verdict): string {
  return `${JSON.stringify(verdict, null, 2)}\n`;
}

/** The result for people: what was done, what held, and where to look if something did not. */
export function asTable(verdict: Verdict): string {
  const { seed, held, findings, faults, killed, points, versions, records, took, folder } = verdict;
  const faultRows = Object.entries(faults).map(([kind, { planned, done }]) => [
    kind,
    `${planned}`,
    `${done}`,
  ]);
  const parts = [
    aligned([['fault', 'planned', 'done'], ...faultRows]),
    invariantTable(findings),
    ...(killed > 0 ? [pointTable(points)] : []),
    summary(verdict),
    ...(verdict.skipped.length > 0 ? [`skipped: ${verdict.skipped.join(', ')}`] : []),
    ...firstBreaches(findings),
    ...(folder !== undefined ? [`logs and data are kept in ${folder}`] : []),
    `seed ${seed}: ${held ? 'all held' : 'BREACHED'} (${versions} file versions, ${records} records, ${killed} kills, ${took.toFixed(0)} s)`,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** What was checked, how often, and whether it held. */
export function invariantTable(findings: readonly Finding[]): string {
  const rows = findings.map(({ invariant, checked, breaches }) => [
    INVARIANTS[invariant],
    `${checked}`,
    breaches === 0 ? 'held' : `${breaches} BREACHES`,
  ]);
  return aligned([['invariant', 'checked', ''], ...rows]);
}

/** Where to look first; nothing when all held. */
export function firstBreaches(findings: readonly Finding[]): string[] {
  const where = findings.flatMap(({ invariant, first }) => first.map((place) => `  ${invariant}: ${place}`));
  return where.length > 0 ? [`the first breaches:\n${where.join('\n')}`] : [];
}

function summary({ drainedAfter, pickedUpAfter }: Verdict): string {
  const seconds = (value: number | undefined) =>
    value === undefined ? 'never' : `after ${value.toFixed(1)} s`;
  const lines = [`drained ${seconds(drainedAfter)}`];
  if (pickedUpAfter !== undefined)
    lines.push(
      `a crashed worker's jobs were done by another, at default settings, ${seconds(pickedUpAfter)}`,
    );
  return lines.join('\n');
}

/** The deaths at each point, with two points per line. */
function pointTable(points: Verdict['points']): string {
  const cells = KILL_POINTS.map((point) => [point, String(points[point] ?? 0)] as const);
  const half = Math.ceil(cells.length / 2);
  const rows = cells.slice(0, half).map((left, i) => [...left, ...(cells[half + i] ?? ['', ''])]);
  return aligned([['died at', 'times', 'died at', 'times'], ...rows]);
}

export function aligned(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  const cell = (text: string, i: number) =>
    i % 2 === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  return table.map((row) => row.map(cell).join('   ').trimEnd()).join('\n');
}
