import { eventFiles, type MalformedReason } from '@sluice/generator';
import { Random } from './random.ts';

/** One record as the lab wrote it. A record without an id can only be a reject, with this code. */
export interface Row {
  readonly line: string;
  readonly id: string | undefined;
  readonly code: string | undefined;
}

/** The reject code that each kind of broken record must get, taken from the documentation of what a file may hold. */
const CODES: Readonly<Record<MalformedReason, string>> = {
  missing_event_id: 'null_event_id',
  bad_uuid: 'invalid_uuid',
  bad_timestamp: 'invalid_timestamp',
  bad_quantity: 'invalid_integer',
  bad_price: 'invalid_decimal',
  too_few_fields: 'field_count',
  too_many_fields: 'field_count',
  empty_user_id: 'missing_value',
  long_event_type: 'value_too_long',
};

const CONFLICTS = 0.005;
const REMEMBERED = 1_000;

/** The records of one file after another. Ids repeat within and across files, some of them with other content. */
export class Rows {
  readonly #files: ReturnType<typeof eventFiles>;
  readonly #random: Random;
  #ids: string[] = [];

  constructor(o: {
    seed: number;
    rows: { min: number; max: number };
    duplicates: number;
    malformed: number;
  }) {
    this.#files = eventFiles(o);
    this.#random = new Random(o.seed);
  }

  nextFile(): Row[] {
    return this.#files.next().value.map((row) => {
      if (row.kind === 'malformed') return { line: row.line, id: undefined, code: CODES[row.reason] };
      const earlier = this.#ids[this.#random.between(0, REMEMBERED)];
      if (row.kind === 'fresh' && earlier !== undefined && this.#random.next() < CONFLICTS)
        return { line: row.line.replace(row.id, earlier), id: earlier, code: undefined };
      this.#ids[this.#random.between(0, REMEMBERED)] = row.id;
      return { line: row.line, id: row.id, code: undefined };
    });
  }
}
