import { read } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { crc32 } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { UnreadableWorkbook } from './unreadable-workbook.ts';

/** One file in an archive, as the directory declares it. */
export type Part = Entry;

/** Workbooks have a dozen; what has more only costs time. */
const MOST_PARTS = 10_000;
const PIECE_BYTES = 64 * 1024;

/** A zip archive on disk. Its directory is read at once, its parts when they are asked for, each piece by piece. */
export class Archive {
  private readonly zip: ZipFile;
  private readonly parts: ReadonlyMap<string, Part>;

  private constructor(zip: ZipFile, parts: ReadonlyMap<string, Part>) {
    this.zip = zip;
    this.parts = parts;
  }

  /** In a file that is open, stays so, and has this size. */
  static async of(file: FileHandle, size: number): Promise<Archive> {
    const zip = await fromRandomAccessReaderPromise(new Places(file, size), size, { autoClose: false });
    if (zip.entryCount > MOST_PARTS) throw new UnreadableWorkbook('TOO_LARGE', 'its number of parts');
    const parts = new Map<string, Part>();
    for await (const part of zip.eachEntry()) {
      const name = part.fileName.toLowerCase();
      if (parts.has(name)) throw new Error('two parts of one name');
      parts.set(name, part);
    }
    return new Archive(zip, parts);
  }

  /** By its path in lower case. */
  part(name: string): Part | undefined {
    return this.parts.get(name);
  }

  /** The text of a part. Fails at the end of one that is not what it declares, and where it unpacks to more than that. */
  async *text(part: Part): AsyncGenerator<string> {
    const decoder = new StringDecoder('utf8');
    let sum = 0;
    for await (const chunk of await this.zip.openReadStreamPromise(part)) {
      sum = crc32(chunk, sum);
      yield decoder.write(chunk);
    }
    // The sizes are compared by yauzl, the checksum is not.
    if (sum !== part.crc32) throw new Error('a part with a wrong checksum');
    yield decoder.end();
  }
}

/** Stops an archive that points further than a file can be long: yauzl's own reader of files ends the thread there. */
class Places extends RandomAccessReader {
  private readonly file: FileHandle;
  private readonly size: number;

  constructor(file: FileHandle, size: number) {
    super();
    this.file = file;
    this.size = size;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(bytesOf(this.file, start, end), { objectMode: false });
  }

  override read(...[into, at, length, position, done]: Parameters<RandomAccessReader['read']>): void {
    if (position + length > this.size) done(new Error('an archive that points past its end'));
    else
      read(this.file.fd, into, at, length, position, (error, count) => {
        done(error ?? (count < length ? new Error('an archive that is cut off') : null));
      });
  }
}

/** Those of a file that is open and stays so; fewer where it ends before. */
export async function* bytesOf(file: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - at));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
    at += bytesRead;
  }
}
