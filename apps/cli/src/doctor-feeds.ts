import { FIRST_FEED } from '@sluice/core';
import { type Declaration, mistakeLine, readFeeds } from '@sluice/feeds';
import { checkFit, type Sql } from '@sluice/ledger';
import { ignoredText, sourceOf } from '@sluice/pipeline/without-redis';
import { type Config, messageOf } from '@sluice/process';
import { leftOutOf, SourceAway } from '@sluice/source';
import type { Finding, Judged } from './finding.ts';
import { counted } from './printable.ts';

/**
 * Looks at each feed: its YAML, its source, and its table. `sql` is undefined when PostgreSQL cannot be asked. The source of events is
 * looked at by itself.
 */
export async function examineFeeds(config: Config, sql: Sql | undefined): Promise<Finding[]> {
  const { declarations, mistakes } = await readFeeds(config);
  const wrong = Map.groupBy(mistakes, ({ feed }) => feed);
  const findings = [...wrong].map(([feed, own]): Finding => {
    const [first] = own;
    const line = first === undefined ? '' : mistakeLine(first, config.cwd);
    const more = own.length > 1 ? `, and ${counted(own.length - 1, 'more mistake')}` : '';
    const fix = `correct it; "npm run sluice -- feed check ${feed}" shows all`;
    return { check: named(feed), state: 'wrong', found: `${line}${more}`, fix };
  });
  for (const feed of declarations)
    findings.push({
      check: named(feed.name),
      ...((await judgeSource(feed)) ?? (await judgeTable(feed, await ignoredIn(feed, declarations), sql))),
    });
  return findings;
}

const named = (feed: string): string => `Feed ${feed}`;

/** What this account may not do in a source, and what to do about that. Undefined when nothing is missing. */
async function judgeSource(feed: Declaration): Promise<Judged | undefined> {
  const { name, cleanSource, archiveDir, quarantineDir } = feed;
  if (name === FIRST_FEED) return undefined;
  const movesTo =
    cleanSource === 'off' ? [] : [...(cleanSource === 'archive' ? [archiveDir] : []), quarantineDir];
  try {
    const abilities = await sourceOf(feed, () => [feed]).prove({
      deletes: cleanSource === 'delete',
      movesTo,
    });
    const lacking = abilities.find(({ ok }) => !ok);
    if (lacking === undefined || lacking.ok) return undefined;
    return { state: 'wrong', found: lacking.found, fix: lacking.hint };
  } catch (error) {
    if (!(error instanceof SourceAway)) throw error;
    return { state: 'wrong', found: `${feed.source} cannot be asked: ${error.message}`, fix: error.hint };
  }
}

/** What lies in the source and is not loaded, in words; '' when that is nothing, or the source is not there yet. */
async function ignoredIn(feed: Declaration, all: readonly Declaration[]): Promise<string> {
  try {
    return ignoredText(await leftOutOf(sourceOf(feed, () => all)));
  } catch (error) {
    if (error instanceof SourceAway && error.missing) return '';
    return `its source cannot be listed (${messageOf(error)})`;
  }
}

async function judgeTable(
  { name, source, load }: Declaration,
  ignored: string,
  sql: Sql | undefined,
): Promise<Judged> {
  const fills = `${source} into ${load.contract.table}${ignored === '' ? '' : `; not loaded from there: ${ignored}`}`;
  if (sql === undefined) return { state: 'ok', found: `${fills} (PostgreSQL was not asked about the table)` };
  const misfits = await checkFit(sql, load.contract);
  const [first] = misfits.toSorted((a, b) => a.severity.localeCompare(b.severity));
  if (first === undefined) return { state: 'ok', found: fills };
  const more =
    misfits.length > 1 ? `; "npm run sluice -- feed check ${name}" shows ${misfits.length - 1} more` : '';
  const state = first.severity === 'refused' ? 'wrong' : 'warning';
  return { state, found: first.text, fix: `${first.hint}${more}` };
}
