import { type Proof, type Totals, totals, verify } from '@sluice/postgres';
import type { Command } from 'commander';
import { answerOf, reachLedger } from '../connect.ts';
import { counted, printable, stylist } from '../printable.ts';
import { runCommand } from '../run-command.ts';
import { problemTable, proofLine } from '../summary.ts';

const WITHIN_MS = 600_000;

/** Adds `verify`: the proof of I1. */
export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('Prove from PostgreSQL alone: records = inserted + duplicates + rejects, for every file.')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
A file that is still being loaded counts as a problem ("open"). Files that went away before they were
read are a warning. Exit codes: 0 it holds, 1 problems, 2 could not run.

Examples:
  npm run sluice -- verify
  npm run --silent sluice -- verify --json | jq .problems`,
    )
    .action(({ json }: { json?: true }) =>
      runCommand('verify', async ({ config }) => {
        const { sql, url } = await reachLedger('verify', config);
        const [proof, sums] = await answerOf(url, Promise.all([verify(sql), totals(sql)]), WITHIN_MS);
        process.stdout.write(`${json ? asJson(proof, sums) : asText(proof, sums)}\n`);
        warnOfGone(proof);
        return proof.problems.length === 0 ? 0 : 1;
      }),
    );
}

function asJson({ problems, gone }: Proof, sums: Totals): string {
  const { closed: files, records, inserted, duplicates, conflicts, rejects } = sums;
  const clean = problems.length === 0;
  const about = { clean, files, records, inserted, duplicates, conflicts, rejects, problems, gone };
  return JSON.stringify(about, null, 2);
}

function asText(proof: Proof, sums: Totals): string {
  const line = proofLine(proof, sums, stylist(process.stdout));
  return proof.problems.length === 0 ? line : `${line}\n${problemTable(proof)}`;
}

const MOST_NAMED = 5;

function warnOfGone({ gone }: Proof): void {
  if (gone.length === 0) return;
  const names = gone.slice(0, MOST_NAMED).map(({ name }) => printable(name));
  const more = gone.length > MOST_NAMED ? ', ...' : '';
  process.stderr.write(
    `warning: ${counted(gone.length, 'file')} went away before all of it was read: ${names.join(', ')}${more}\n`,
  );
}
