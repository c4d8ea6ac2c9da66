import {
  FILE_STATES,
  type FileState,
  findFile,
  type ListedFile,
  listFiles,
  type Sql,
  versionsOf,
} from '@sluice/ledger';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { reachLedger } from '../connect.ts';
import { fileListPage } from '../file-list-page.ts';
import { fileStory, storyText } from '../file-story.ts';
import { feedGiven, ledgerNameOf } from '../named-file.ts';
import { jsonArray, writeOut } from '../output.ts';
import { printable } from '../printable.ts';
import { runCommand } from '../run-command.ts';
import { say, warn } from '../say.ts';
import { Screen } from '../screen.ts';

interface Given {
  readonly feed?: string | undefined;
  readonly state?: FileState;
  readonly before?: number;
  readonly limit?: number;
  readonly json?: true;
}

const MOST_SHOWN = 50;
const PAGE = 1_000;

/** Adds `files`, which lists file versions, or tells the story of one. */
export function addFiles(program: Command): void {
  program
    .command('files')
    .argument('[name]', 'a file, or a part of its name; or the number of a version')
    .description('List the files, newest first, with their states; or tell the story of one.')
    .option('--feed <name>', 'only of this feed')
    .addOption(new Option('--state <state>', 'only in this state').choices(FILE_STATES))
    .option('--before <file>', 'only those before this number: the next page', whole)
    .option('--limit <n>', `at most so many (default: ${MOST_SHOWN}, with --json all)`, whole)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
States: open (on its way), closed (loaded), quarantined (could not be read, or not further), held (waits for an operator), same (repeats the content of another), undone (its rows were removed), gone (went away before it was read).

Exit codes: 0 listed, 1 no file of that name, 2 could not run.

Examples:
  npm run sluice -- files
  npm run sluice -- files --state quarantined --feed orders
  npm run sluice -- files events_20261104.csv        the story of one
  npm run --silent sluice -- files --json | jq -r '.[].name'`,
    )
    .action((name: string | undefined, given: Given) =>
      runCommand('files', async ({ config, stopping }) => {
        const { sql } = await reachLedger('files', config);
        const feed = await feedGiven(given.feed, sql);
        const one = name === undefined ? undefined : await fileNoOf(name, feed, sql);
        const file = one === undefined ? undefined : await findFile(sql, one);
        if (file !== undefined) {
          const story = await fileStory(file, sql);
          say(given.json ? JSON.stringify(story, null, 2) : storyText(story, new Screen()));
          return 0;
        }
        const search = { ...given, feed, search: name };
        if (given.json) {
          const limit = given.limit ?? Number.POSITIVE_INFINITY;
          await writeOut(jsonArray(found(search, limit, sql)), stopping);
          return 0;
        }
        const limit = given.limit ?? MOST_SHOWN;
        const files = await Array.fromAsync(found(search, limit + 1, sql));
        if (name !== undefined && files.length === 0) {
          warn(`no file has ${JSON.stringify(printable(name))} in its name`);
          return 1;
        }
        say(fileListPage(files.slice(0, limit), files.length > limit, new Screen()));
        return 0;
      }),
    );
}

function whole(text: string): number {
  if (/^\d{1,15}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('allowed: a whole number from 1 on.');
}

/** The newest version of the named file, or the version of that number. */
async function fileNoOf(given: string, feed: string | undefined, sql: Sql): Promise<number | undefined> {
  const versions = await versionsOf(sql, await ledgerNameOf(given, feed, sql));
  const newest = versions.at(-1)?.fileNo;
  return newest ?? (/^\d{1,15}$/.test(given) ? Number(given) : undefined);
}

async function* found(
  { before, ...asked }: Given & { readonly search: string | undefined },
  limit: number,
  sql: Sql,
): AsyncGenerator<ListedFile> {
  let after = before ?? null;
  for (let left = limit; left > 0; ) {
    const page = await listFiles(sql, { ...asked, after, limit: Math.min(left, PAGE) });
    yield* page;
    if (page.length < Math.min(left, PAGE)) return;
    left -= page.length;
    after = page.at(-1)?.fileNo ?? null;
  }
}
