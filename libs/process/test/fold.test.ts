import { expect, test } from 'vitest';
import { folded, foldedHelp, widthOf } from '../src/fold.ts';

test('a line breaks between words, keeps its indentation and its styles, and a longer word stays whole', () => {
  expect(folded('  one two three', 9)).toBe('  one two\n  three');
  expect(folded('fits\nas it is', 8)).toBe('fits\nas it is');
  expect(folded('see /a/very/long/path/of/a/file now', 12)).toBe('see\n/a/very/long/path/of/a/file\nnow');
  expect(folded('\u001b[32mgreen\u001b[39m text here', 10)).toBe('\u001b[32mgreen\u001b[39m text\nhere');
  expect(folded('訂單訂單 訂單', 10)).toBe('訂單訂單\n訂單');
  expect(widthOf('訂\u001b[1m單\u001b[22m!')).toBe(5);
});

test('a help text fills its sentences, puts what an example does below it, and leaves a long command one that can be copied', () => {
  const help = [
    'This sentence goes',
    'on here. Then it ends.',
    'Exit codes: 0.',
    '',
    '  run -- a   short',
    '  run -- something   that is long',
    '  run -- something --with many --options',
  ].join('\n');
  expect(foldedHelp(help, 24)).toBe(
    [
      'This sentence goes on',
      'here. Then it ends.',
      'Exit codes: 0.',
      '',
      '  run -- a   short',
      '  run -- something',
      '      that is long',
      '  run -- something \\',
      '      --with many \\',
      '      --options',
    ].join('\n'),
  );
});
