import type { Command } from 'commander';
import { examine } from '../doctor.ts';
import type { Finding } from '../finding.ts';
import { counted, printable, stylist } from '../printable.ts';
import { runCommand } from '../run-command.ts';
import { say } from '../say.ts';

/** Adds `doctor`, which shows what is wrong and how to fix it. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'Look at Node, PostgreSQL, Redis, the feeds, the folders and the disk; say what is wrong and how to fix it.',
    )
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Changes nothing. Exit codes: 0 all is well (warnings aside), 1 something is wrong, 2 a setting is wrong.

Examples:
  npm run sluice -- doctor
  npm run --silent sluice -- doctor --json | jq '.findings[] | select(.state != "ok")'`,
    )
    .action(({ json }: { json?: true }) =>
      runCommand('doctor', async ({ config }) => {
        const findings = await examine(config);
        const healthy = findings.every(({ state }) => state !== 'wrong');
        say(json ? JSON.stringify({ healthy, findings }, null, 2) : asText(findings));
        return healthy ? 0 : 1;
      }),
    );
}

const colors = { ok: 'green', warning: 'yellow', wrong: 'red' } as const;

function asText(findings: readonly Finding[]): string {
  const style = stylist(process.stdout);
  const lines = findings.flatMap(({ check, state, found, fix }) => [
    `${style(colors[state], state.padEnd(7))}  ${check.padEnd(14)}  ${printable(found)}`,
    ...(fix === undefined ? [] : [`         ${style('bold', 'fix:')} ${printable(fix)}`]),
  ]);
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length;
  const [bad, warned] = [count('wrong'), count('warning')];
  const parts = [
    bad > 0 ? `${counted(bad, 'thing')} wrong` : 'Nothing is wrong',
    ...(warned > 0 ? [counted(warned, 'warning')] : []),
  ];
  return [...lines, '', parts.join(', ')].join('\n');
}
