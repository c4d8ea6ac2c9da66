import type { Corrected, RejectForm } from '../answers.ts';
import type { App, Page } from '../app.ts';
import { type Child, el, to } from '../dom.ts';
import { words } from '../format.ts';
import { notice, wordsOf } from '../parts/dialog.ts';
import { HIDDEN } from '../parts/hidden.ts';
import { fileLink, lines, raw } from '../parts/raw.ts';
import { card, pageHead } from '../parts/section.ts';
import { empty, sentence } from '../parts/states.ts';

type Cell = RejectForm['cells'][number];
type Problem = NonNullable<Corrected['problem']>;

/** What was wrong with the last try, by the address of the reject. It stays until another try. */
let told: { readonly place: string; readonly problem: Problem } | undefined;

/** One reject as a form: its values, and what each must be. */
export const rejectPage: Page = {
  section: 'Rejects',
  title: 'Correct a reject',
  show: async (app) => {
    const { values, mayAct } = app.session;
    if (!values) return [pageHead('Correct a reject'), empty('You may not see this record', HIDDEN)];
    const reject = await app.api.get<RejectForm>(addressOf(app), {}, app.signal);
    const problem = told?.place === placeOf(reject) ? told.problem : undefined;
    return [
      pageHead(`Line ${lines(reject)}`, ['of ', fileLink(reject.fileNo, reject.file)], onward(reject)),
      card(
        'The record as in the file',
        {},
        el('p', {}, el('b', {}, sentence(words(reject.reason))), ` Expected: ${reject.expected}.`),
        raw(reject.raw),
      ),
      reject.why === null && mayAct ? form(reject, problem, app) : null,
      reject.why === null ? null : empty('There is nothing to correct any more', sentence(reject.why)),
    ];
  },
};

function addressOf({ place: { path } }: App): string {
  const [, file = '', line = ''] = path;
  return `/api/rejects/${encodeURIComponent(file)}/${encodeURIComponent(line)}`;
}

const placeOf = ({ fileNo, line }: RejectForm): string => `${fileNo}-${line}`;

function onward({ fileNo, next }: RejectForm): HTMLElement {
  return el(
    'div',
    { class: 'actions' },
    el('a', { class: 'button', href: to(['rejects'], { file: fileNo }) }, 'All rejects of this file'),
    next === null
      ? null
      : el('a', { class: 'button', href: to(['rejects', fileNo, next]) }, `Next: line ${next}`),
  );
}

function form(reject: RejectForm, problem: Problem | undefined, app: App): HTMLElement {
  const failed = problem === undefined ? reject.column : problem.column;
  return el(
    'form',
    { class: 'card correct', key: placeOf(reject), onsubmit: (event) => void send(event, reject, app) },
    el('h2', { class: 'lead' }, 'Correct its values'),
    reject.certain
      ? null
      : el(
          'p',
          {},
          'The ledger does not keep the whole record, so it is not certain what stood in the empty fields. Fill in all of them.',
        ),
    problem === undefined
      ? null
      : el(
          'p',
          { class: 'error', attributes: { role: 'alert' } },
          `Not loaded: ${words(problem.reason)}${problem.column === null ? '' : ` in ${problem.column}`}. ${sentence(problem.expected)}`,
        ),
    reject.cells.map((cell, i) => field(cell, i, cell.name === failed, failed === null && i === 0)),
    el(
      'div',
      { class: 'actions' },
      el('button', { class: 'main', attributes: { type: 'submit' } }, 'Resubmit'),
    ),
    el(
      'p',
      { class: 'small' },
      'The row is loaded under this file and line, once. If a value is still wrong, the reject stays as it is.',
    ),
  );
}

/** A value that failed has the focus, and what it must be stands beside each. */
function field({ name, text, hidden, rule }: Cell, i: number, failed: boolean, first: boolean): Child {
  const attributes = {
    name,
    id: `cell-${i}`,
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': `rule-${i}`,
    'aria-invalid': failed && 'true',
    'data-focus': (failed || first) && '',
  };
  // A field of one line would lose the ends of lines.
  const input = /[\r\n]/.test(text)
    ? el('textarea', { attributes: { ...attributes, rows: 3 } }, text)
    : el('input', { attributes: { ...attributes, value: text } });
  return el(
    'div',
    { class: failed ? 'cell failed' : 'cell', key: name },
    el('label', { attributes: { for: `cell-${i}` } }, name),
    input,
    el(
      'small',
      { attributes: { id: `rule-${i}` } },
      hidden ? 'not shown, because it is sensitive; ' : '',
      rule,
    ),
  );
}

async function send(event: SubmitEvent, reject: RejectForm, app: App): Promise<void> {
  event.preventDefault();
  const { currentTarget: own } = event;
  if (!(own instanceof HTMLFormElement)) return;
  const button = own.querySelector('button');
  if (button) button.disabled = true;
  try {
    const order = { file: reject.fileNo, line: reject.line, values: given(own, reject) };
    const { message, problem } = await app.api.act<Corrected>('correct', order);
    told = problem === null ? undefined : { place: placeOf(reject), problem };
    if (problem === null) notice(message);
    await app.refresh();
    document.querySelector<HTMLElement>(problem === null ? 'main' : 'main [data-focus]')?.focus();
  } catch (error) {
    notice(wordsOf(error));
  } finally {
    if (button) button.disabled = false;
  }
}

/** The values that were changed; all of them where the ledger does not keep the record. So a value that nobody touches stays exact. */
function given(form: HTMLFormElement, { certain }: RejectForm): Record<string, string> {
  const fields = [...form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')];
  const changed = fields.filter(
    ({ value, defaultValue }) => value !== defaultValue.replaceAll(/\r\n?/g, '\n'),
  );
  return Object.fromEntries((certain ? changed : fields).map(({ name, value }) => [name, value]));
}
