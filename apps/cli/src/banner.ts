import { relative } from 'node:path';
import { schemeOf } from '@sluice/core';
import { hideSecrets } from '@sluice/process';
import { fitted, printable } from './printable.ts';
import type { Screen } from './screen.ts';
import type { Keeper } from './servers-in-use.ts';

export interface BannerFacts {
  readonly version: string;
  readonly postgres: { readonly version: string; readonly keeper: Keeper; readonly url: string };
  readonly redis: { readonly version: string; readonly keeper: Keeper; readonly url: string };
  readonly sourceDir: string;
  /** The names of the feeds. They are shown when there are several. */
  readonly feeds: readonly string[];
  /** As text: what runs, what the ledger already holds, and what waits from an earlier run, if anything. */
  readonly running: string;
  readonly ledger: string;
  readonly waiting: string;
  /** The generator does not run, because the database is external and nobody asked for it. */
  readonly generatorLeftOut: boolean;
  /** The address of the dashboard, or '' when it is not wanted. */
  readonly dashboard: string;
  /** How to log in. */
  readonly dashboardHint: string;
  /** Whether the run goes on until Ctrl-C. Only then does the banner suggest what to try next. */
  readonly endless: boolean;
}

const LABEL = 12;
const INDENT = '  ';

/**
 * The address with its password hidden. If that does not fit, only host, port and database.
 * @internal exported for its test
 */
export function shownAddress(url: string, room: number): string {
  const full = hideSecrets(url);
  if (full.length <= room) return full;
  const { host, pathname } = new URL(url);
  return `${host}${pathname === '/' ? '' : pathname}`;
}

/** The folder as a user would type it in the current directory. */
export function shownFolder(folder: string): string {
  if (schemeOf(folder) !== undefined) return printable(folder);
  const path = relative(process.cwd(), folder);
  return printable(path === '' || path.startsWith('..') ? folder : path);
}

/** What is running, where, and what to try next. */
export function banner(facts: BannerFacts, { style, columns }: Pick<Screen, 'style' | 'columns'>): string {
  const field = (label: string, value: string) => `${INDENT}${style('dim', label.padEnd(LABEL))}${value}`;
  const below = (value: string) => `${INDENT}${' '.repeat(LABEL)}${style('dim', value)}`;
  const room = columns - LABEL - INDENT.length;
  const server = (name: 'PostgreSQL' | 'Redis', { version, keeper, url }: BannerFacts['redis']) => [
    field(name, `${version}, ${keeper}`),
    below(shownAddress(url, room)),
  ];
  const folder = shownFolder(facts.sourceDir);
  const commands: readonly (readonly [string, string])[] = [
    ['npm run sluice -- status', 'one page of state'],
    ['npm run sluice -- verify', 'proof that no record was lost or doubled'],
    ['npm run worker', 'one more worker'],
    ['npm run sluice -- feed init my.csv', 'your own file, into a table of its own'],
  ];
  const widest = Math.max(...commands.map(([command]) => command.length));
  const beside = commands.every(([, what]) => INDENT.length * 2 + widest + 2 + what.length < columns);
  const next = commands.flatMap(([command, what]) =>
    beside
      ? [`${INDENT}${INDENT}${style('green', command.padEnd(widest))}  ${what}`]
      : [`${INDENT}${INDENT}${style('green', command)}`, `${INDENT}${INDENT}${INDENT}${what}`],
  );
  return [
    '',
    `${INDENT}${style(['bold', 'cyan'], `Sluice ${facts.version}`)}`,
    `${INDENT}CSV files become rows of PostgreSQL, each exactly once`,
    '',
    ...server('PostgreSQL', facts.postgres),
    ...server('Redis', facts.redis),
    field('Folder', folder),
    ...(facts.feeds.length > 1
      ? [
          field('Feeds', fitted(facts.feeds.join(', '), room - 1)),
          below('npm run sluice -- feed list tells more'),
        ]
      : []),
    field('Running', facts.running),
    ...(facts.generatorLeftOut
      ? [
          field('Generator', 'off, because the database is external'),
          below('--generate writes sample rows into it'),
        ]
      : []),
    field('Ledger', facts.ledger),
    ...(facts.dashboard === ''
      ? []
      : [field('Dashboard', style('bold', facts.dashboard)), below(facts.dashboardHint)]),
    ...(facts.waiting === '' ? [] : [field('Waiting', facts.waiting)]),
    '',
    ...(facts.endless
      ? [
          `${INDENT}${style('bold', 'Try next, in a second terminal')}`,
          ...next,
          '',
          `${INDENT}${style('bold', 'Ctrl-C')} stops all of it; the next start goes on from there.`,
          '',
        ]
      : []),
  ].join('\n');
}
