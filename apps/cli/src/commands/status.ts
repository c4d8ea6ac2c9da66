import { judgeHealth } from '@sluice/pipeline';
import type { Command } from 'commander';
import { answerOf } from '../connect.ts';
import { stylist } from '../printable.ts';
import { reachStores } from '../reach-stores.ts';
import { runCommand } from '../run-command.ts';
import { say } from '../say.ts';
import { readStatus } from '../status.ts';
import { statusJson, statusPage } from '../status-page.ts';

const WITHIN_MS = 20_000;
const CONNECTIONS = 2;

/** Adds `status`, which shows the state on one page. */
export function addStatus(program: Command): void {
  program
    .command('status')
    .description('Show on one page what the pipeline does, has done, and where it needs a person.')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Exit codes: 0 well, 1 stuck or needs attention, 2 PostgreSQL or Redis cannot be reached.

Examples:
  npm run sluice -- status
  npm run --silent sluice -- status --json | jq .backlog`,
    )
    .action(({ json }: { json?: true }) =>
      runCommand('status', async ({ config }) => {
        const stores = await reachStores('status', config, CONNECTIONS);
        const url = config.databaseUrl ?? 'the embedded server';
        const status = await answerOf(url, readStatus(stores), WITHIN_MS);
        const health = judgeHealth(status);
        const text = json
          ? statusJson(status, health)
          : statusPage(status, health, config, stylist(process.stdout));
        say(text);
        return health.reasons.length > 0 ? 1 : 0;
      }),
    );
}
