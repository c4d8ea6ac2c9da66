import type { AuditList } from '../answers.ts';
import { type Child, el, to } from '../dom.ts';
import { count, counted, words } from '../format.ts';
import { name } from './raw.ts';

type Entry = AuditList['entries'][number];

/** Who did it, without the machine from which. */
const person = ({ doneBy }: Entry): string => doneBy.replace(/@[^@]*$/, '');

/** What was done and what came of it, as a sentence about the person. Actions of other versions are told by their names. */
export function sentenceOf(entry: Entry): Child {
  const who = el('b', {}, name(person(entry)));
  const write = SENTENCES[entry.action] ?? other;
  return [write(who, entry), '.'];
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const quoted = (subject: string): Child => el('b', {}, name(subject));

const WAYS: Readonly<Record<string, string>> = {
  password: 'with a password',
  token: 'with a token',
  link: 'with a link',
};

const OUTCOMES: Readonly<Record<string, string>> = {
  wrong: 'it was wrong',
  'too many': 'there were too many tries',
  busy: 'too many tried at once',
};

const SENTENCES: Readonly<Record<string, (who: Child, entry: Entry) => Child>> = {
  log_in: (who, { detail }) => [who, ' logged in ', WAYS[text(detail.by)] ?? ''],
  log_in_failed: (_, { subject, detail: { by, outcome, unwrittenBefore } }) => [
    'Somebody could not log in ',
    subject === 'no user' ? '' : ['as ', quoted(subject), ' '],
    WAYS[text(by)] ?? '',
    `: ${OUTCOMES[text(outcome)] ?? text(outcome)}`,
    number(unwrittenBefore) === 0
      ? ''
      : `; ${count(number(unwrittenBefore))} more tries before are not listed`,
  ],
  retry: (who, { detail, subject }) => [
    who,
    ` retried ${counted(number(detail.count), 'failed job')}`,
    subject.startsWith('group ') ? ' with the same reason' : [' (', name(subject), ')'],
  ],
  reject: (who, { subject, detail }) => [
    who,
    ` made rejects of ${counted(number(detail.count), 'record')} of the failed batch `,
    name(subject.replace(/^insert /, '')),
    '; the rest of it was tried again',
  ],
  replay: (who, { subject, detail }) => [
    who,
    ' replayed ',
    quoted(subject),
    '; it was read again as ',
    version(detail.file_no),
  ],
  release: (who, { subject, detail }) => [
    who,
    ' had ',
    quoted(subject),
    ` loaded, which was held (${words(text(detail.held))}), as `,
    version(detail.file_no),
  ],
  resubmit: (who, { subject, detail: { rejects, inserted, duplicates, conflicts } }) => [
    who,
    ' resubmitted ',
    quoted(subject),
    `: of ${counted(number(rejects), 'reject')}, ${counted(number(inserted), 'became a row', 'became rows')}`,
    number(duplicates) === 0
      ? ''
      : ` and ${counted(number(duplicates), 'was a duplicate', 'were duplicates')}${number(conflicts) === 0 ? '' : `, ${count(number(conflicts))} with other content`}`,
  ],
  undo: (who, { subject, detail }) => [
    who,
    ' undid ',
    quoted(subject),
    `; ${counted(number(detail.rows), 'row was', 'rows were')} removed`,
  ],
  supersede: (_, { subject, detail }) => [
    'The watcher replaced ',
    quoted(subject),
    ' by ',
    quoted(text(detail.by)),
    `; ${counted(number(detail.rows), 'row was', 'rows were')} removed`,
  ],
  pause: (who, { subject }) => [who, ' paused the queue ', quoted(subject)],
  resume: (who, { subject }) => [who, ' had the queue ', quoted(subject), ' go on'],
  activate: (who, { subject, detail }) => [
    who,
    detail.before === null ? ' added the feed ' : ' changed the feed ',
    quoted(subject),
    ` (contract ${count(number(detail.contract))})`,
  ],
  retire: (who, { subject }) => [who, ' removed the feed ', quoted(subject), '; its rows and files stay'],
  rename: (who, { subject, detail }) => [
    who,
    ' renamed the feed ',
    quoted(text(detail.from)),
    ' to ',
    quoted(subject),
    `, with ${counted(number(detail.files), 'file')}`,
  ],
  ack: (who, { subject, detail }) => [
    who,
    ' acknowledged ',
    words(text(detail.code)),
    ' ',
    subject === '' ? '' : quoted(subject),
  ],
};

const other = (who: Child, { action, subject }: Entry): Child => [
  who,
  ': ',
  words(action),
  ' ',
  quoted(subject),
];

function version(no: unknown): Child {
  const fileNo = number(no);
  return fileNo === 0 ? 'a new version' : el('a', { href: to(['files', fileNo]) }, `file ${count(fileNo)}`);
}
