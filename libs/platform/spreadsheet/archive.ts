import type { FileHandle } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { crc32 } from 'node:zlib';
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl';
import { UnreadableWorkbook } from './unreadable-workbook.ts';

/** One file in an archive, as the directory declares it. */
export type Part = Entry;

/** Workbooks have a dozen; what has more only costs time. */
const MOST_PARTS = 10_000;

/** A zip archive on disk. Its directory is read at once, its parts when they are asked for, each piece by piece. */
export class Archive {
  private readonly zip: ZipFile;
  private readonly parts: ReadonlyMap<string, Part>;

  private constructor(zip: ZipFile, parts: ReadonlyMap<string, Part>) {
    this.zip = zip;
    this.parts = parts;
  }

  /** The file stays open, and is the caller's to close. */
  static async of(file: FileHandle): Promise<Archive> {
    const zip = await fromFdPromise(file.fd, { autoClose: false });
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
