import { constants, createWriteStream, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Where files go when they are dealt with. */
export const FOLDERS = { TAKEN: 'done', REFUSED: 'refused' } as const;

/** Why a file is not taken. */
export type FileRefusal = 'TOO_LARGE' | 'UNREADABLE';

/** A file as it was at one look. */
export interface SeenFile {
  readonly name: string;
  readonly size: number;
  readonly changedAt: Date;
  /** The same as long as it is the same file and nobody writes into it. */
  readonly state: string;
}

/** What came of copying it. */
export type Copied = 'COPIED' | 'CHANGED' | FileRefusal;

/** A folder into which others put registries, and what may be done with the files in it. */
export class Inbox {
  constructor(private readonly folder: string) {}

  /** Whatever may be a registry: ordinary files, no links, nothing that a program is still busy with by its name. */
  async files(): Promise<SeenFile[]> {
    const entries = await readdir(this.folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile() && isRegistryName(entry.name)).map(({ name }) => name);
    const seen = await Promise.all(names.toSorted().map((name) => this.look(name)));
    return seen.filter((file) => file !== null);
  }

  /** Copies it, as long as it is still as it was seen; opened as a file of this folder, never through a link. */
  async copy({ name, state }: SeenFile, maxBytes: number, to: string): Promise<Copied> {
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
   * Puts it away, under its own name; `id` goes into it where another file has that. Nothing happens to one that is gone by
   * now, because another process was faster, or that somebody has put another one in the place of.
   */
  async putAway(file: SeenFile, place: keyof typeof FOLDERS, id: string): Promise<void> {
    const folder = join(this.folder, FOLDERS[place]);
    const { name, ext } = parse(file.name);
    const target = (await exists(join(folder, file.name))) ? `${name}.${id}${ext}` : file.name;
    if ((await this.look(file.name))?.state !== file.state) return;
    await rename(join(this.folder, file.name), join(folder, target)).catch((error) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
  }

  private async look(name: string): Promise<SeenFile | null> {
    const stats = await statsOf(join(this.folder, name));
    if (stats === null || !stats.isFile()) return null;
    return { name, size: stats.size, changedAt: stats.mtime, state: stateOf(stats) };
  }
}

/** Excel keeps `~$` files beside those that are open; those that begin with a dot are nobody’s to see. */
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
