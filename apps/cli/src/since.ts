import { utcTimestamp } from '@sluice/core';
import { parseDuration } from '@sluice/process';
import { InvalidArgumentError } from 'commander';

/** Parses a time such as `2h`, `7d`, `2026-11-04` or `2026-11-04T12:00:00+01:00`. Without an offset it is UTC. */
export function since(text: string): Date {
  const ago = parseDuration(text);
  if (ago !== undefined) return new Date(Date.now() - ago);
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text} 00:00:00` : text;
  // People may leave out the seconds.
  const utc = utcTimestamp(time.replace(/^(\S+[ T]\d{2}:\d{2})(?!:)/, '$1:00'), 'UTC');
  if (utc !== undefined) return new Date(`${utc.replace(' ', 'T')}Z`);
  throw new InvalidArgumentError(
    'allowed: a duration such as 30m, 2h or 7d, or a time such as 2026-11-04 or 2026-11-04T12:00:00Z.',
  );
}
