import { defaultFiles, patternMistake, starsIn } from '@sluice/core';
import type { FeedWords } from '../words/feed.ts';
import type { Refuse } from './feed.ts';

/** What makes a value of a field: the part of the file's name that a `*` matched. */
export const FROM_NAME = /^\$file\.(\d{1,2})$/;

/** Checks the patterns of names, and that each `$file.N` has an Nth `*` in all of them. */
export function checkFiles({ files, format, schema: { fields } }: FeedWords, refuse: Refuse): void {
  for (const [i, pattern] of (files ?? []).entries()) {
    const mistake = patternMistake(pattern);
    if (mistake !== undefined) refuse(['files', i], `another pattern, because it ${mistake}`);
  }
  const patterns = files ?? defaultFiles(format?.type);
  for (const [i, { value }] of fields.entries()) {
    if (value === undefined) continue;
    const path = ['schema', 'fields', i, 'value'];
    const [, number] = FROM_NAME.exec(value) ?? [];
    if (number === undefined) {
      if (value.startsWith('$file'))
        refuse(path, '$file.1 for what the first * of the pattern matched, $file.2 for the second, ...');
      continue;
    }
    const poor = patterns.find((pattern) => starsIn(pattern) < Number(number));
    if (poor !== undefined || number === '0')
      refuse(
        path,
        `$file.N where each pattern in files has N times *; ${poor ?? patterns[0]} has ${starsIn(poor ?? '')}`,
      );
  }
}
