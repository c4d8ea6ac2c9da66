import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { readIfPresent } from '@sluice/process';

const TAIL_LINES = 15;
// PostgreSQL stops when it cannot write the next segment of its write-ahead log (WAL).
const ONE_WAL_SEGMENT = 16 * 1024 * 1024;

/** The reasons why servers refuse to start, in their own words, and what helps. */
const REASONS: readonly { pattern: RegExp; remedy: (match: RegExpExecArray) => string }[] = [
  {
    pattern: /no space left on device|check free disk space|disk quota exceeded/i,
    remedy: () => 'the disk is full: free some space and start again',
  },
  {
    pattern: /Address (?:is )?already in use/,
    remedy: () => 'the port is taken by another program: stop it, or choose another port',
  },
  {
    pattern: /error while loading shared libraries: ([^:\s]+)/,
    remedy: (match) =>
      `the library ${match[1]} is missing. If install scripts were blocked, allow and run them (npm rebuild); ` +
      "else install the system's package that holds it",
  },
  {
    pattern: /Permission denied|EACCES/,
    remedy: () => 'a file or folder belongs to another user: start as that user, or change its owner',
  },
  {
    pattern: /ENOENT/,
    remedy: () => 'its program was not found or does not fit this system: run npm ci again',
  },
  {
    pattern:
      /Bad file format reading the append only file|invalid checkpoint record|could not locate a valid checkpoint/,
    remedy: () =>
      'its files are damaged: restore the folder from a backup, or move it away to begin with an empty one',
  },
];

const lastLines = (text: string): string => text.trim().split('\n').slice(-TAIL_LINES).join('\n');

/** The end of a server's log, for an error message. It also says when the disk is full, because the log stays empty then. */
export function logTail(logFile: string): string {
  const { bavail, bsize } = statfsSync(dirname(logFile));
  const full = bavail * bsize < ONE_WAL_SEGMENT ? '\nNo space left on device' : '';
  return `${readIfPresent(logFile) ?? ''}${full}`;
}

/** An embedded server could not be started. The message says which one, where, why, and what to do. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
  /** The last output of the server. */
  readonly output: string;

  /**
   * @param o.variable the setting that names a server of the user's own instead
   * @param o.remedy what to do when the output gives no hint
   */
  constructor(o: {
    server: string;
    where: string;
    why: string;
    output: string;
    variable: string;
    remedy?: string;
  }) {
    const known = REASONS.flatMap(({ pattern, remedy }) => {
      const match = pattern.exec(o.output);
      return match ? [remedy(match)] : [];
    });
    const remedies = [o.remedy ?? known[0], `set ${o.variable} to a server of your own`];
    const advice = remedies.filter((remedy) => remedy !== undefined).join(', or ');
    const said = o.output.trim() === '' ? '' : `\nIts last words:\n${lastLines(o.output)}`;
    super(`${o.server} in ${o.where} ${o.why}. What to do: ${advice}.${said}`);
    this.output = o.output;
  }
}
