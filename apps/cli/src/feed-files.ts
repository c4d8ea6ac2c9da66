import { cp, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mistake } from '@sluice/feeds';
import { type Config, codeOf, ErrorWithHint, makeFolder } from '@sluice/process';
import { shownFolder } from './banner.ts';
import { counted, printable, wrapped } from './printable.ts';
import type { Screen } from './screen.ts';

/** The feeds that Sluice ships with, and the JSON Schema for editors. */
const SHIPPED = join(import.meta.dirname, '../../../config/feeds');

/** Makes the folder of feeds. It begins with the shipped ones, because they count only while there is no folder. */
export async function prepareFeedsDir({ feedsDir, origins }: Config): Promise<void> {
  try {
    const isNew = await makeFolder(feedsDir);
    if (isNew && origins.feedsDir === 'default') await cp(SHIPPED, feedsDir, { recursive: true });
  } catch (error) {
    throw unwritable(feedsDir, error);
  }
}

/**
 * Writes the YAML of a new feed.
 *
 * @returns its path
 * @throws {ErrorWithHint} when there is one already: it is never overwritten
 */
export async function writeFeed(name: string, yaml: string, { feedsDir }: Config): Promise<string> {
  const path = join(feedsDir, `${name}.yaml`);
  try {
    await using file = await open(path, 'wx');
    await file.writeFile(yaml);
    return path;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw unwritable(path, error);
    throw new ErrorWithHint(
      `${shownFolder(path)} is there already, and was not changed`,
      'give another name with --name, or remove that file',
    );
  }
}

function unwritable(path: string, error: unknown): ErrorWithHint {
  const hint = 'let this user write there, or set FEEDS_DIR';
  return new ErrorWithHint(`${shownFolder(path)} cannot be written (${codeOf(error)})`, hint);
}

/** What is to be answered in a YAML that `feed init` wrote: line, and question. */
export function openQuestions(
  yaml: string,
  mistakes: readonly Mistake[],
  { style, columns }: Pick<Screen, 'style' | 'columns'>,
): string {
  const lines = yaml.split('\n');
  return [
    style(['bold', 'yellow'], `${counted(mistakes.length, 'question')} to answer in it`),
    ...mistakes.flatMap(({ line, message }) => {
      const above = commentsAbove(lines, line);
      const label = `  line ${line}  `;
      const texts = (above.length > 0 ? above : [message]).flatMap((text) =>
        wrapped(printable(text), columns - label.length - 1),
      );
      return texts.map((text, i) => `${i === 0 ? label : ' '.repeat(label.length)}${text}`);
    }),
  ].join('\n');
}

/** The comments that stand directly above a line. */
function commentsAbove(lines: readonly string[], line: number): string[] {
  const comments: string[] = [];
  for (let i = line - 2; i >= 0; i -= 1) {
    const [, text] = /^ *# (?:Question: )?(.*)$/.exec(lines[i] ?? '') ?? [];
    if (text === undefined) return comments;
    comments.unshift(text);
  }
  return comments;
}
