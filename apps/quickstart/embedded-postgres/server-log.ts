import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';

const ROTATE_ABOVE_BYTES = 10 * 1024 * 1024;
const LAST_LINES = 15;

/** PostgreSQL's own log: it is appended to, and one older file is kept. */
export class ServerLog {
  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly startsAt: number,
  ) {}

  static async open(path: string): Promise<ServerLog> {
    // Root may start what belongs to somebody else: it writes to no place that a link of theirs names.
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
    const file = await open(path, flags, 0o600);
    const { size } = await file.stat();
    if (size <= ROTATE_ABOVE_BYTES) return new ServerLog(path, file, size);
    await file.close();
    await rename(path, `${path}.1`);
    return ServerLog.open(path);
  }

  /** For the program that writes it. */
  get fd(): number {
    return this.file.fd;
  }

  /** What was written since it was opened: the last lines of it. */
  async lastLines(): Promise<string> {
    const { size } = await this.file.stat();
    const from = Math.max(this.startsAt, size - 16_384);
    const { buffer, bytesRead } = await this.file.read({ buffer: Buffer.alloc(size - from), position: from });
    return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
