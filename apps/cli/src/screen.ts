import { stylist } from './printable.ts';
import { shown } from './say.ts';

const CLEAR_LINE = '\r\u001b[2K';

/** Output for a person: text that stays and, on a terminal, one line below it that is rewritten in place. */
export class Screen {
  readonly style = stylist(process.stdout);
  readonly errorStyle = stylist(process.stderr);
  /** Whether a line can be rewritten. */
  readonly live = process.stdout.isTTY === true && process.env.TERM !== 'dumb';
  #line = '';

  /** The width of a line. Without a terminal, text is laid out for 80 columns. */
  get columns(): number {
    return process.stdout.columns || 80;
  }

  /** Text that stays, on stdout. */
  say(text: string): void {
    this.#above(process.stdout, text);
  }

  /** A message that stays, on stderr. */
  warn(text: string): void {
    this.#above(process.stderr, text);
  }

  /** Rewrites the live line; '' removes it. Without its styles, the text must be shorter than a line of the terminal. */
  show(line: string): void {
    if (!this.live) return;
    if (line !== '' || this.#line !== '') process.stdout.write(`${CLEAR_LINE}${line}`);
    this.#line = line;
  }

  #above(stream: NodeJS.WriteStream, text: string): void {
    const line = this.#line;
    this.show('');
    stream.write(`${shown(text, stream)}\n`);
    this.show(line);
  }
}
