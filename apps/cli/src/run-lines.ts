import { type RunReport, reasonLine } from '@sluice/pipeline';
import { counted, printable } from './printable.ts';

/** What a run says of its files that need a person: a line for each, and '' when there is none. */
export function attentionText({ reasons, more }: RunReport): string {
  if (reasons.length === 0) return '';
  const title = `Needs attention: ${counted(reasons.length + more, 'file')} of this run`;
  return [title, ...reasons.map((one) => `  ${printable(reasonLine(one))}`), ...moreLine(more)].join('\n');
}

/** Why files were not loaded, or why there was nothing to load; '' when all that was found was loaded. */
export function leftText({ left, nothing }: RunReport, records: number): string {
  if (left.length > 0) {
    const title = `Not loaded: ${counted(left.length, 'file')}`;
    const lines = left.map(({ name, why, todo }) => `  ${printable(`${name}: ${why}; ${todo}`)}`);
    return [title, ...lines].join('\n');
  }
  return records === 0 && nothing !== '' ? `Nothing was loaded: ${nothing}` : '';
}

function moreLine(more: number): string[] {
  return more > 0 ? [`  ... and ${counted(more, 'more file')} ("status" has them)`] : [];
}

/** The same for programs. */
export function runJson({ reasons, left, nothing }: RunReport, records: number): object {
  return {
    attention: reasons.map(({ code, subject, feed, text, todo }) => ({
      code,
      file: subject,
      feed,
      text,
      todo,
    })),
    notLoaded: left.map(({ name, feed, why, todo }) => ({ file: name, feed, why, todo })),
    nothing: records === 0 && left.length === 0 ? nothing : '',
  };
}
