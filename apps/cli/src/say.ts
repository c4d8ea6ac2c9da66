import { forPeople } from '@sluice/process';

/** Writes text on stdout, ended by a line end. On a terminal no line breaks in the middle of a word. */
export function say(text: string): void {
  process.stdout.write(`${shown(text, process.stdout)}\n`);
}

/** Writes a message on stderr, in the same way. */
export function warn(text: string): void {
  process.stderr.write(`${shown(text, process.stderr)}\n`);
}

/** The text as this stream shows it. JSON stays as it is, because it is for programs. */
export function shown(text: string, stream: NodeJS.WriteStream): string {
  return /^[[{]/.test(text) ? text : forPeople(text, stream);
}
