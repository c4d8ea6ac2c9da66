import { aligned, firstBreaches, invariantTable } from '../report.ts';
import type { DrillVerdict } from './drill.ts';

/** The result of a drill for people. */
export function drillTable({ postgres, rounds, findings, held, folder }: DrillVerdict): string {
  const rows = rounds.map(({ lost, before, inBackup, took }) => [
    lost,
    String(before),
    '',
    String(inBackup),
    '',
    took.toFixed(1),
  ]);
  const head = ['lost', 'files complete before', '', 'in the backup', '', 'seconds until complete again'];
  const parts = [
    aligned([head, ...rows]),
    invariantTable(findings),
    ...firstBreaches(findings),
    ...(folder === undefined ? [] : [`logs and data are kept in ${folder}`]),
    `restore drill with ${postgres}: ${held ? 'all held' : 'BREACHED'}`,
  ];
  return `${parts.join('\n\n')}\n`;
}
