import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { ExpansionFault } from '../expand.ts';
import type { OpenSource } from '../open-source.ts';

/** The only member of an archive. */
export interface Member {
  /** Where its data begins in the archive, and how many bytes of it there are. */
  readonly start: number;
  readonly compressed: number;
  readonly method: 'stored' | 'deflate';
  /** What the archive says of the expanded data. */
  readonly size: number;
  readonly crc32: number;
}

/** How a record of the central directory begins. */
const RECORD = 0x02014b50;

const METHODS: Readonly<Record<number, Member['method']>> = { 0: 'stored', 8: 'deflate' };

/**
 * Finds the only member of a zip archive by its central directory, of which little is read.
 *
 * @throws {ExpansionFault} when it is no archive of exactly one file that can be read
 */
export async function onlyMember(source: OpenSource): Promise<Member> {
  const reader = new SourceReader(source);
  try {
    return await memberIn(reader, await source.size());
  } catch (error) {
    if (reader.failure !== undefined) throw reader.failure;
    if (error instanceof ExpansionFault) throw error;
    // What yauzl says may quote names of members (I10).
    throw new ExpansionFault('archive', 'its directory is damaged, or it is no zip archive');
  }
}

async function memberIn(reader: SourceReader, size: number): Promise<Member> {
  const o = { lazyEntries: true, autoClose: false, decodeStrings: false } as const;
  const zip = await fromRandomAccessReaderPromise(reader, size, o);
  if (zip.entryCount === 0) throw new ExpansionFault('archive', 'it is empty');
  if (zip.entryCount > 1) throw new ExpansionFault('archive', await severalIn(zip));
  for await (const entry of zip.eachEntry()) {
    // An archive may say that it has one member, and have more: other programs would read those.
    if (await reader.begins(RECORD, zip.readEntryCursor)) throw new ExpansionFault('archive', SEVERAL);
    const fault = faultOf(entry);
    const method = METHODS[entry.compressionMethod];
    if (fault !== undefined || method === undefined)
      throw new ExpansionFault(
        'archive',
        fault ?? `its file is compressed by method ${entry.compressionMethod}, and only deflate is read`,
      );
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    const { compressedSize: compressed, uncompressedSize, crc32 } = entry;
    return { start: fileDataStart, compressed, method, size: uncompressedSize, crc32 };
  }
  throw new ExpansionFault('archive', 'its directory is damaged');
}

const SEVERAL =
  'it holds several files, and only an archive of one is read: put each into an archive of its own';

/** The program of macOS adds a file of its own for each one. */
async function severalIn(zip: ZipFile): Promise<string> {
  let [all, ofMac] = [0, 0];
  for await (const { fileName } of zip.eachEntry()) {
    all += 1;
    if (fileName.toString('latin1').startsWith('__MACOSX/')) ofMac += 1;
    if (all > 3) break;
  }
  const hint = ofMac > 0 ? '. One was added by macOS, which "zip -X FILE.zip FILE" does not do' : '';
  return `it holds ${zip.entryCount} files, and only an archive of one is read: put each into an archive of its own${hint}`;
}

/** Why a member is not read. Its name leads nowhere, because only its content is taken, but such a name is nothing that is made by accident. */
function faultOf(entry: Entry): string | undefined {
  const name = entry.fileName.toString('latin1');
  if (entry.isEncrypted()) return 'its file is encrypted';
  if (name.endsWith('/')) return 'it holds a folder and no file';
  const leadsOut = /^[/\\]|^[a-z]:/i.test(name) || name.split(/[/\\]/).includes('..');
  return leadsOut ? 'the name of its file leads out of the archive' : undefined;
}

/** Gives yauzl parts of a source. */
class SourceReader extends RandomAccessReader {
  /** Why the source could not be read: that says nothing about the archive. */
  failure: unknown;
  readonly #source: OpenSource;

  constructor(source: OpenSource) {
    super();
    this.#source = source;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error?: Error | null) => void,
  ): void {
    this.#source.readAt(buffer.subarray(offset, offset + length), position).then(
      (bytes) => callback(bytes < length ? new Error('the archive ends there') : null),
      (error: Error) => {
        this.failure = error;
        callback(error);
      },
    );
  }

  async begins(mark: number, position: number): Promise<boolean> {
    const buffer = Buffer.alloc(4);
    return (await this.#source.readAt(buffer, position)) === 4 && buffer.readUInt32LE() === mark;
  }
}
