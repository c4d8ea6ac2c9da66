import { ErrorWithHint } from '@sluice/process';
import type { Declaration } from './declaration.ts';
import { type Mistake, mistakeLine } from './mistake.ts';
import type { ReadFeeds } from './read-feeds.ts';

/**
 * A feed by its name.
 *
 * @throws {ErrorWithHint} that tells its mistakes, or which feeds there are
 */
export function feedNamed(name: string, { declarations, mistakes }: ReadFeeds): Declaration {
  const found = declarations.find((feed) => feed.name === name);
  if (found !== undefined) return found;
  const own = mistakes.filter(({ feed }) => feed === name);
  if (own.length > 0) throw wrongFeed(name, own);
  throw new ErrorWithHint(
    `there is no feed ${JSON.stringify(name)}`,
    `name one of ${declarations.map((feed) => feed.name).join(', ')}; "npm run sluice -- feed init" makes a new one`,
  );
}

function wrongFeed(name: string, mistakes: readonly Mistake[]): ErrorWithHint {
  const lines = mistakes.map((mistake) => `\n  ${mistakeLine(mistake, process.cwd())}`);
  const hint = `correct it; "npm run sluice -- feed check ${name}" looks at it again`;
  return new ErrorWithHint(`the YAML of the feed ${name} is wrong:${lines.join('')}`, hint);
}
