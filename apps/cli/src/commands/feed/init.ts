import { readFile } from 'node:fs/promises';
import { feedName, feedYaml, type Inspection, initFromDescriptor, inspect, readFeeds } from '@sluice/feeds';
import { createTable } from '@sluice/ledger';
import type { LintReject } from '@sluice/pipeline/without-redis';
import { type App, codeOf, ErrorWithHint } from '@sluice/process';
import type { Command } from 'commander';
import { answerTo, canAsk } from '../../ask.ts';
import { shownFolder } from '../../banner.ts';
import { openQuestions, prepareFeedsDir, writeFeed } from '../../feed-files.ts';
import { inspectionPage } from '../../inspection-page.ts';
import { lintFile, lintPage } from '../../lint-page.ts';
import { printable, shellWord } from '../../printable.ts';
import { runCommand } from '../../run-command.ts';
import { warn } from '../../say.ts';
import { Screen } from '../../screen.ts';

interface Given {
  readonly name?: string;
  readonly key?: readonly string[];
  readonly keep?: true;
  readonly table?: string;
  readonly encoding?: string;
  readonly bits?: true;
  readonly from?: string;
  readonly yes?: true;
  readonly feedsDir?: string;
}

/** Adds `feed init SAMPLE...`, which writes the YAML of a feed from samples of its files. */
export function addInit(feed: Command): void {
  feed
    .command('init')
    .argument('[sample...]', 'CSV files of one kind, also .csv.gz and .csv.zst, wherever they lie')
    .description(
      'Write a feed from samples of its files: show what is seen in them, and what is to be answered.',
    )
    .option('--name <name>', 'name of the feed: small letters, digits and underscores')
    .option('--key <columns>', 'the columns that identify a record, as in order_id,line', columnList)
    .option('--keep', 'no columns identify a record: each record becomes a row')
    .option('--table <table>', 'table to fill, such as shop.orders (default: the name of the feed)')
    .option('--encoding <encoding>', 'how bytes become characters, where that cannot be seen')
    .option('--bits', 'columns of 0 and 1 alone are false and true, and no numbers')
    .option('--from <descriptor.json>', 'translate a descriptor of Frictionless Data instead')
    .option('--yes', 'do not ask: take what the samples show, and leave open what they do not')
    .option('--feeds-dir <folder>', 'where the YAML goes (default: FEEDS_DIR)')
    .addHelpText(
      'after',
      `
Reads all records of the samples and loads nothing; needs no server. The YAML names columns in
lower case with underscores, and says what was seen of each. What nobody can see, such as
whether 01/02 is in January, stands in it as a question: answer it there, then "feed apply".
A YAML that is there already is never overwritten.

Exit codes: 0 written, 1 written, with questions to answer, 2 could not run.

Examples:
  npm run sluice -- feed init my.csv
  npm run sluice -- feed init orders_*.csv --name orders --key order_id,line --table shop.orders --yes
  npm run sluice -- feed init log.csv --keep --yes
  npm run sluice -- feed init --from datapackage.json`,
    )
    .action((samples: string[], given: Given) =>
      runCommand(
        'feed init',
        (app) =>
          given.from === undefined ? init(samples, given, app) : translate(given.from, samples, given, app),
        { feedsDir: given.feedsDir },
      ),
    );
}

function columnList(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

async function init(samples: readonly string[], given: Given, app: App): Promise<0 | 1> {
  const screen = new Screen();
  if (samples.length === 0)
    throw new ErrorWithHint('no sample is named', 'name a file, or a descriptor with --from');
  if (screen.live) screen.show(`reading ${samples.map(printable).join(', ')}`.slice(0, screen.columns - 1));
  const found = await inspect(samples, {
    stopping: app.stopping,
    bits: given.bits === true,
    ...(given.encoding !== undefined && { encoding: given.encoding }),
  }).finally(() => screen.show(''));
  screen.say(inspectionPage(found, screen));
  const { name, key } = await choices(found, given, app.stopping);
  const table = given.table ?? name;
  const yaml = feedYaml(found, { name, table, ...(key !== undefined && { key }) });
  return await keepFeed(name, yaml, samples, app, screen);
}

/** Translates a descriptor. Samples are only read by the feed that it makes. */
async function translate(
  from: string,
  samples: readonly string[],
  { name: named }: Given,
  app: App,
): Promise<0 | 1> {
  const screen = new Screen();
  const { name, yaml, notes } = initFromDescriptor(await textOf(from), named);
  for (const note of notes) screen.say(`${screen.style('yellow', 'Not translated:')} ${printable(note)}`);
  return await keepFeed(name, yaml, samples, app, screen);
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ErrorWithHint(
      `${printable(path)} cannot be read (${codeOf(error)})`,
      'name a file that can be read',
    );
  }
}

/** Writes the YAML, and tells what is to be answered in it, or its table and what would become of the samples. */
async function keepFeed(
  name: string,
  yaml: string,
  samples: readonly string[],
  { config, stopping }: App,
  screen: Screen,
): Promise<0 | 1> {
  const { style } = screen;
  await prepareFeedsDir(config);
  const path = await writeFeed(name, yaml, config);
  screen.say(`\n${style(['bold', 'green'], 'Wrote')} ${shownFolder(path)}`);
  const { declarations, mistakes } = await readFeeds(config);
  const declaration = declarations.find((one) => one.name === name);
  if (declaration === undefined) {
    const own = mistakes.filter(({ feed }) => feed === name);
    screen.say(openQuestions(yaml, own, screen));
    screen.say(`Put the answer there in place of "?", then: npm run sluice -- feed apply ${name}`);
    return 1;
  }
  screen.say(`It fills this table, which "feed apply" makes if there is none:\n`);
  screen.say(createTable(declaration.load.contract).replace(/^/gm, '  '));
  const of = { feed: declaration, why: 'named' } as const;
  for (const sample of samples) {
    const rejects: LintReject[] = [];
    const onReject = (reject: LintReject) => {
      if (rejects.length < MOST_REJECTS) rejects.push(reject);
    };
    const report = await lintFile(sample, declaration, config, { stopping, onReject });
    screen.say(`\n${lintPage(sample, of, report, rejects, config, screen)}`);
  }
  const load = samples[0] === undefined ? '' : ` --load ${shellWord(samples[0])}`;
  screen.say(`\n${style('bold', 'Next:')} npm run sluice -- feed apply ${name}${load}`);
  return 0;
}

/** So many rejects of a sample are shown. */
const MOST_REJECTS = 5;

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const NAMES = 'small letters, digits and underscores, and a letter first';

/** What a person chooses. What is not told is asked on a terminal; otherwise it is what the samples show, or stays open. */
async function choices(
  found: Inspection,
  { name: named, key: keyed, keep, yes }: Given,
  stopping: AbortSignal,
): Promise<{ name: string; key: readonly string[] | 'keep' | undefined }> {
  const suggested = feedName(found.files[0] ?? '');
  const ask = canAsk() && !yes;
  const name = named ?? (ask ? await askedName(suggested, stopping) : suggested);
  for (const wrong of [wrongName(name), wrongKey(keyed ?? [], found)]) if (wrong !== undefined) throw wrong;
  return { name, key: keep ? 'keep' : (keyed ?? (ask ? await askedKey(found, stopping) : undefined)) };
}

function wrongName(name: string): ErrorWithHint | undefined {
  if (NAME.test(name)) return undefined;
  return new ErrorWithHint(`no name of a feed: ${JSON.stringify(name)}`, `allowed: ${NAMES}`);
}

function wrongKey(key: readonly string[], { fields }: Inspection): ErrorWithHint | undefined {
  const columns = fields.map(({ name }) => name);
  const unknown = key.find((column) => !columns.includes(column));
  if (unknown === undefined) return undefined;
  return new ErrorWithHint(
    `no column ${JSON.stringify(unknown)} for the key`,
    `there are ${columns.join(', ')}`,
  );
}

async function askedName(suggested: string, stopping: AbortSignal): Promise<string> {
  for (;;) {
    const name = (await asked(`\nName of the feed [${suggested}]: `, stopping)) || suggested;
    const wrong = wrongName(name);
    if (wrong === undefined) return name;
    sayWrong(wrong);
  }
}

/** A person who mistyped is asked again. */
function sayWrong({ message, hint }: ErrorWithHint): void {
  warn(`${printable(message)}; ${printable(hint)}`);
}

async function asked(question: string, stopping: AbortSignal): Promise<string> {
  const answer = await answerTo(question, stopping);
  if (answer === undefined) throw new ErrorWithHint('nothing was written, because you left', 'run it again');
  return answer;
}

async function askedKey(
  found: Inspection,
  stopping: AbortSignal,
): Promise<readonly string[] | 'keep' | undefined> {
  const { key, candidates } = found;
  const best = key ?? candidates[0]?.columns;
  const shown = best?.join(',') ?? 'decide later';
  const question = `Columns that identify a record, or "none" if each record is a row [${shown}]: `;
  for (;;) {
    const answer = await asked(question, stopping);
    if (answer === '') return best;
    if (answer === 'none') return 'keep';
    const wrong = wrongKey(columnList(answer), found);
    if (wrong === undefined) return columnList(answer);
    sayWrong(wrong);
  }
}
