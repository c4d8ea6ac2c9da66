import type { WaitingFiles } from '@sluice/pipeline';
import { type Config, printDuration } from '@sluice/process';
import { counted, grouped, printable } from './printable.ts';

type Settings = Pick<Config, 'stableFor' | 'unfinishedFor'>;

/** Which files are not read yet and why, in at most two lines. */
export function whyWaiting({ files, unfinished, names }: WaitingFiles, config: Settings): string[] {
  const young = files - unfinished;
  const more = unfinished > names.length ? ` and ${grouped(unfinished - names.length)} more` : '';
  const named = `${names.map(printable).join(', ')}${more}`;
  return [
    ...(unfinished > 0
      ? [
          `${counted(unfinished, 'file')} without a line end in the last line, ${untilFinished(unfinished, config)}: ${named}`,
        ]
      : []),
    ...(young > 0
      ? [
          `${counted(young, 'file')}, until ${subject(young)} not changed for ${printDuration(config.stableFor)} (STABLE_FOR)`,
        ]
      : []),
  ];
}

/** How long files wait if their last line has no line ending. */
export function untilFinished(files: number, { unfinishedFor }: Settings): string {
  return `until ${subject(files)} not changed for ${printDuration(unfinishedFor)} (UNFINISHED_FOR)`;
}

const subject = (files: number): string => (files === 1 ? 'it has' : 'they have');
