/** The part of yauzl that is used here. The package has no declarations of its own. */
declare module 'yauzl' {
  export interface Entry {
    readonly fileName: Buffer;
    readonly compressionMethod: number;
    readonly compressedSize: number;
    readonly uncompressedSize: number;
    readonly crc32: number;
    isEncrypted(): boolean;
  }

  export interface ZipFile {
    /** How many members the archive says that it has. */
    readonly entryCount: number;
    /** Where the next member of the central directory would stand. */
    readonly readEntryCursor: number;
    eachEntry(): AsyncIterable<Entry>;
    readLocalFileHeaderPromise(
      entry: Entry,
      options: { readonly minimal: true },
    ): Promise<{ readonly fileDataStart: number }>;
  }

  export abstract class RandomAccessReader {
    abstract read(
      buffer: Buffer,
      offset: number,
      length: number,
      position: number,
      callback: (error?: Error | null) => void,
    ): void;
  }

  export function fromRandomAccessReaderPromise(
    reader: RandomAccessReader,
    totalSize: number,
    options: { readonly lazyEntries: true; readonly autoClose: false; readonly decodeStrings: false },
  ): Promise<ZipFile>;
}
