import { read } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { crc32 } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { UnreadableWorkbook } from './unreadable-workbook.ts';

/** A file in an archive as the directory declares it. */
export type Part = Entry;

/** Workbooks have about a dozen parts. */
const MAX_PARTS = 10_000;
const CHUNK_BYTES = 64 * 1024;

/** A zip archive on disk. The directory is read when it is opened, each part in chunks when it is requested. */
export class Archive {
  private readonly zip: ZipFile;
  private readonly parts: ReadonlyMap<string, Part>;

  private constructor(zip: ZipFile, parts: ReadonlyMap<string, Part>) {
    this.zip = zip;
    this.parts = parts;
  }

  /** The file has this size and must stay open. */
  static async open(file: FileHandle, size: number): Promise<Archive> {
    const zip = await fromRandomAccessReaderPromise(new BoundedReader(file, size), size, { autoClose: false });
    if (zip.entryCount > MAX_PARTS) throw new UnreadableWorkbook('TOO_LARGE', 'its number of parts');
    const parts = new Map<string, Part>();
    for await (const part of zip.eachEntry()) {
      const name = part.fileName.toLowerCase();
      if (parts.has(name)) throw new Error('two parts with the same name');
      parts.set(name, part);
    }
    return new Archive(zip, parts);
  }

  /** By its path in lower case. */
  part(name: string): Part | undefined {
    return this.parts.get(name);
  }

  /** The text of a part. Throws if its size or checksum is not the declared one. */
  async *readText(part: Part): AsyncGenerator<string> {
    const decoder = new StringDecoder('utf8');
    let sum = 0;
    for await (const chunk of await this.zip.openReadStreamPromise(part)) {
      sum = crc32(chunk, sum);
      yield decoder.write(chunk);
    }
    // yauzl compares the sizes, but not the checksum.
    if (sum !== part.crc32) throw new Error('a part with a wrong checksum');
    yield decoder.end();
  }
}

/** Throws for offsets beyond the end of the file, for which yauzl's own reader ends the thread. */
class BoundedReader extends RandomAccessReader {
  private readonly file: FileHandle;
  private readonly size: number;

  constructor(file: FileHandle, size: number) {
    super();
    this.file = file;
    this.size = size;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(readBytes(this.file, start, end), { objectMode: false });
  }

  override read(...[into, at, length, position, done]: Parameters<RandomAccessReader['read']>): void {
    if (position + length > this.size) done(new Error('an archive that points past its end'));
    else
      read(this.file.fd, into, at, length, position, (error, count) => {
        done(error ?? (count < length ? new Error('an archive that is truncated') : null));
      });
  }
}

/** The bytes of an open file, fewer if it ends before `end`. */
export async function* readBytes(file: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - at));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
    at += bytesRead;
  }
}
