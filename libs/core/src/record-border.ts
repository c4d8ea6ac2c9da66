/** Where a record ends, or where its quotes are broken; `open` when more text is needed to tell. */
export type Border = { readonly at: number; readonly broken: boolean } | 'open';

/**
 * Finds the end of a record with quotes (RFC 4180), field by field. A search that runs out of text continues at the same place
 * with the next block, so that no character is looked at again for each block.
 */
export class BorderSearch {
  /** How many characters were looked at. A test uses this to prove that the work is linear. */
  looked = 0;
  readonly #delimiter: string;
  readonly #quote: string | null;
  readonly #spacesBehindQuotes: boolean;
  /** Where the search continues, counted from the beginning of the record: at a field, or inside its quotes. */
  #at = 0;
  #quoted = false;

  constructor(
    { delimiter, quoteChar }: { readonly delimiter: string; readonly quoteChar: string | null },
    spacesBehindQuotes: boolean,
  ) {
    this.#delimiter = delimiter;
    this.#quote = quoteChar;
    this.#spacesBehindQuotes = spacesBehindQuotes;
  }

  /** Looks for the end of the record that begins at `start`. `final`: no more text comes. */
  find(text: string, start: number, final: boolean): Border {
    const from = start + this.#at;
    const border = this.#find(text, from, final);
    if (border === 'open') this.#at -= start;
    else [this.#at, this.#quoted] = [0, false];
    this.looked += (border === 'open' ? text.length : border.at) - from;
    return border;
  }

  /** Abandons the search. The next one is for another record. */
  giveUp(): void {
    [this.#at, this.#quoted] = [0, false];
  }

  #find(text: string, from: number, final: boolean): Border {
    const [quote, delimiter] = [this.#quote, this.#delimiter];
    for (let at = from; ; at += 1) {
      if (quote !== null && (this.#quoted || text[at] === quote)) {
        const closing = closingQuote(text, this.#quoted ? at : at + 1, quote);
        if (closing === -1) return final ? brokenAt(text.length) : this.#stopAt(text.length, true);
        at = closing + 1;
        if (this.#spacesBehindQuotes) while (text[at] === ' ') at += 1;
        // The next block may begin with a second quote, which makes it a doubled one, or with the LF of a CRLF.
        const undecided = at === text.length || (text[at] === '\r' && at + 1 === text.length);
        if (undecided && !final) return this.#stopAt(closing, true);
        this.#quoted = false;
        if (text[at] === delimiter) continue;
        if (text.startsWith('\r\n', at)) return endsAt(at + 2);
        if (text[at] === '\n') return endsAt(at + 1);
        return at === text.length ? endsAt(at) : brokenAt(at);
      }
      const field = at;
      while (at < text.length && text[at] !== delimiter && text[at] !== '\n') {
        if (text[at] === quote) return brokenAt(at);
        at += 1;
      }
      if (at === text.length) return final ? endsAt(at) : this.#stopAt(field, false);
      if (text[at] === '\n') return endsAt(at + 1);
    }
  }

  #stopAt(at: number, quoted: boolean): 'open' {
    [this.#at, this.#quoted] = [at, quoted];
    return 'open';
  }
}

const brokenAt = (at: number): Border => ({ at, broken: true });
const endsAt = (at: number): Border => ({ at, broken: false });

/** Where the quotes that are open at `from` are closed; -1 when they are not. */
function closingQuote(text: string, from: number, quote: string): number {
  let at = text.indexOf(quote, from);
  while (at !== -1 && text[at + 1] === quote) at = text.indexOf(quote, at + 2);
  return at;
}
