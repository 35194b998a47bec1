import { appendFileSync, closeSync, ftruncateSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';

const NEWLINE = 0x0a;
const BLOCK_BYTES = 1 << 20;

/**
 * An append-only file of JSON lines. A line is with the operating system before {@link append} returns, so it survives
 * the end of this process. What a killed process has left half-written behind the last newline was never answered to
 * anybody: it is cut off at the next start.
 */
export class EventFile {
  private constructor(
    private readonly descriptor: number,
    private lengthBytes: number,
  ) {}

  /** Opens or creates the file and hands every line in it to `read`. Throws with the line's number where `read` does. */
  static open(path: string, read: (value: unknown) => void): EventFile {
    mkdirSync(dirname(path), { recursive: true });
    const descriptor = openSync(path, 'a+');
    try {
      const lengthBytes = readLines(descriptor, (line, number) => {
        try {
          read(JSON.parse(line));
        } catch (error) {
          throw new Error(`${path}, line ${number}: ${(error as Error).message}`, { cause: error });
        }
      });
      ftruncateSync(descriptor, lengthBytes);
      return new EventFile(descriptor, lengthBytes);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /** All of the lines or none: where the disk is full, what got through is taken back and the error is thrown. */
  append(values: readonly unknown[]): void {
    const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
    try {
      appendFileSync(this.descriptor, bytes);
    } catch (error) {
      ftruncateSync(this.descriptor, this.lengthBytes);
      throw error;
    }
    this.lengthBytes += bytes.length;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** Block by block, for a long store does not fit into one string. Returns the length in bytes of all complete lines. */
function readLines(descriptor: number, onLine: (line: string, number: number) => void): number {
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  let rest = Buffer.alloc(0);
  let position = 0;
  let lines = 0;
  for (;;) {
    const count = readSync(descriptor, block, 0, BLOCK_BYTES, position);
    if (count === 0) return position - rest.length;
    position += count;
    const bytes = Buffer.concat([rest, block.subarray(0, count)]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      lines += 1;
      onLine(bytes.toString('utf8', start, end), lines);
      start = end + 1;
    }
    rest = Buffer.from(bytes.subarray(start));
  }
}
