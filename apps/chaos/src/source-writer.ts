import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { headerLine } from '@sluice/generator';
import { codeOf } from '@sluice/process';
import type { Row } from './rows.ts';
import type { Version, Written } from './written.ts';

interface Content {
  readonly rows: readonly Row[];
  readonly bytes: Buffer;
  readonly quarantine: string | undefined;
}

/** Does what other programs may do to source files. Each visible step is one system call, and `written` records them all. */
export class SourceWriter {
  readonly #source: string;
  readonly #beside: string;
  readonly #written: Written;
  #drops = 0;

  constructor(source: string, beside: string, written: Written) {
    this.#source = source;
    this.#beside = beside;
    this.#written = written;
  }

  /** Puts a whole file under this name, replacing any that is there. Files with `old` are stable at once. */
  drop(name: string, content: Content, { old }: { old: boolean }): Version {
    this.#drops += 1;
    const temporary = join(this.#beside, `${this.#drops}.tmp`);
    writeFileSync(temporary, content.bytes);
    if (old) utimesSync(temporary, longAgo(this.#drops), longAgo(this.#drops));
    const token = tokenOf(temporary);
    renameSync(temporary, join(this.#source, name));
    return this.#written.add({ name, token, ...content, hash: hashOf(content.bytes) });
  }

  /** Overwrites the file in place with longer content. False if it is no longer there. */
  rewrite(name: string, content: Content): boolean {
    return this.#inFile(name, (file) => {
      writeSync(file, content.bytes, 0, content.bytes.length, 0);
      this.#written.add({ name, token: tokenOf(file), ...content, hash: hashOf(content.bytes) });
    });
  }

  /** Gives the file another time, and so another token, but keeps the content. */
  touch(name: string): boolean {
    const latest = this.#written.latest(name);
    if (latest === undefined) return false;
    this.#drops += 1;
    const at = longAgo(this.#drops);
    return ifThere(() => {
      utimesSync(join(this.#source, name), at, at);
      const [size, , inode] = latest.token.split('-');
      this.#written.add({ ...latest, token: `${size}-${BigInt(at) * 1_000_000_000n}-${inode}` });
    });
  }

  /** Moves the file out of the folder. {@link putBack} moves it back. */
  takeOut(name: string): boolean {
    return ifThere(() => renameSync(join(this.#source, name), join(this.#beside, name)));
  }

  putBack(name: string): void {
    linkSync(join(this.#beside, name), join(this.#source, name));
    rmSync(join(this.#beside, name));
  }

  remove(name: string): boolean {
    return ifThere(() => {
      rmSync(join(this.#source, name));
      this.#written.forget(name);
    });
  }

  #inFile(name: string, work: (file: number) => void): boolean {
    return ifThere(() => {
      const file = openSync(join(this.#source, name), 'r+');
      try {
        work(file);
      } finally {
        closeSync(file);
      }
    });
  }
}

/** The content of a file with these records. It is compressed if the name ends in .gz. */
export function contentOf(name: string, rows: readonly Row[]): Content {
  const text = `${[headerLine, ...rows.map(({ line }) => line)].join('\n')}\n`;
  const bytes = name.endsWith('.gz') ? gzipSync(text) : Buffer.from(text);
  return { rows, bytes, quarantine: undefined };
}

/** The content of a file that cannot be read as events. */
export function brokenContent(rows: readonly Row[]): Content {
  const text = `event_id,event_type\n${rows.map(({ line }) => `${line}\n`).join('')}`;
  return { rows: [], bytes: Buffer.from(text), quarantine: 'header_missing_column' };
}

/** A whole second in the past, a different one for each `n`. */
const longAgo = (n: number): number => Math.floor(Date.now() / 1000) - 1_000_000 - n;

function tokenOf(file: string | number): string {
  const descriptor = typeof file === 'number' ? file : openSync(file, 'r');
  try {
    const { size, mtimeNs, ino } = fstatSync(descriptor, { bigint: true });
    return `${size}-${mtimeNs}-${ino}`;
  } finally {
    if (typeof file !== 'number') closeSync(descriptor);
  }
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** False if the pipeline was quicker and has already moved the file away. */
function ifThere(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
