import { constants, createWriteStream, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** The subfolders of processed files. */
export const FOLDERS = { TAKEN: 'done', REFUSED: 'refused' } as const;

/** Why a file is refused. */
export type FileRefusal = 'TOO_LARGE' | 'UNREADABLE';

/** A file at the time of one poll. */
export interface FileState {
  readonly name: string;
  readonly size: number;
  readonly changedAt: Date;
  /** Changes if the file is written or replaced. */
  readonly state: string;
}

/** The result of a copy. */
export type Copied = 'COPIED' | 'CHANGED' | FileRefusal;

/** The folder into which other programs put registries. */
export class InboxFolder {
  constructor(private readonly folder: string) {}

  /** Regular files that may be registries: no links, no names of temporary files. */
  async listFiles(): Promise<FileState[]> {
    const entries = await readdir(this.folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile() && isRegistryName(entry.name)).map(({ name }) => name);
    const states = await Promise.all(names.toSorted().map((name) => this.readState(name)));
    return states.filter((file) => file !== null);
  }

  /** Copies the file unless it has changed; never follows a link. */
  async copyFile({ name, state }: FileState, maxBytes: number, to: string): Promise<Copied> {
    let file: FileHandle;
    try {
      file = await open(join(this.folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT' || code === 'ELOOP') return 'CHANGED';
      if (code === 'EACCES' || code === 'EPERM') return 'UNREADABLE';
      throw error;
    }
    try {
      const before = await file.stat();
      if (stateOf(before) !== state) return 'CHANGED';
      if (before.size > maxBytes) return 'TOO_LARGE';
      await pipeline(file.createReadStream({ autoClose: false }), createWriteStream(to));
      return stateOf(await file.stat()) === state ? 'COPIED' : 'CHANGED';
    } finally {
      await file.close();
    }
  }

  /**
   * Moves the file to a subfolder; adds `id` to its name if the name is used there. Does nothing if another process has moved
   * the file, or another file has replaced it.
   */
  async moveFile(file: FileState, result: keyof typeof FOLDERS, id: string): Promise<void> {
    const folder = join(this.folder, FOLDERS[result]);
    const { name, ext } = parse(file.name);
    const target = (await exists(join(folder, file.name))) ? `${name}.${id}${ext}` : file.name;
    if ((await this.readState(file.name))?.state !== file.state) return;
    await rename(join(this.folder, file.name), join(folder, target)).catch((error) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
  }

  private async readState(name: string): Promise<FileState | null> {
    const stats = await statsOf(join(this.folder, name));
    if (stats === null || !stats.isFile()) return null;
    return { name, size: stats.size, changedAt: stats.mtime, state: stateOf(stats) };
  }
}

/** Excel creates `~$` files beside open ones; names with a dot in front are hidden files. */
export function isRegistryName(name: string): boolean {
  return /\.xlsx$/i.test(name) && !/^(\.|~\$)/.test(name);
}

const stateOf = ({ dev, ino, size, mtimeMs }: Stats) => [dev, ino, size, mtimeMs].join(':');
const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;
const exists = async (path: string) => (await statsOf(path)) !== null;

async function statsOf(path: string): Promise<Stats | null> {
  return lstat(path).catch((error) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
}
