import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';

const ROTATE_ABOVE_BYTES = 10 * 1024 * 1024;
const LAST_LINES = 15;

/** PostgreSQL's log file. It is appended to; one older file is kept. */
export class ServerLog {
  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly startOffset: number,
  ) {}

  static async open(path: string): Promise<ServerLog> {
    // Under root the folder can belong to another user, whose symbolic link must not redirect the writes.
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
    const file = await open(path, flags, 0o600);
    const { size } = await file.stat();
    if (size <= ROTATE_ABOVE_BYTES) return new ServerLog(path, file, size);
    await file.close();
    await rename(path, `${path}.1`);
    return ServerLog.open(path);
  }

  /** The descriptor for the writing program. */
  get fd(): number {
    return this.file.fd;
  }

  /** The last lines that were written since it was opened. */
  async lastLines(): Promise<string> {
    const { size } = await this.file.stat();
    const from = Math.max(this.startOffset, size - 16_384);
    const { buffer, bytesRead } = await this.file.read({ buffer: Buffer.alloc(size - from), position: from });
    return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
