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

/** The result of a copy. INCOMPLETE: an archive without its end, of which the rest may come. */
export type Copied = 'COPIED' | 'CHANGED' | 'INCOMPLETE' | FileRefusal;

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

  /** The files with these paths in the folder; those that are gone are left out. */
  async findFiles(paths: readonly string[]): Promise<FileState[]> {
    return (await Promise.all(paths.map((path) => this.readState(path)))).filter((file) => file !== null);
  }

  /** Copies the file unless it has changed, or, if it may be, is incomplete; never follows a link. */
  async copyFile({ name, state }: FileState, maxBytes: number, to: string, mayBeIncomplete: boolean): Promise<Copied> {
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
      if (mayBeIncomplete && !(await hasItsEnd(file, before.size))) return 'INCOMPLETE';
      await pipeline(file.createReadStream({ autoClose: false }), createWriteStream(to));
      return stateOf(await file.stat()) === state ? 'COPIED' : 'CHANGED';
    } finally {
      await file.close();
    }
  }

  /**
   * Moves the file to a subfolder, and returns its path there; adds `id` to its name if the name is used there. Null if another process has
   * moved the file, or another file has replaced it.
   */
  async moveFile(file: FileState, result: keyof typeof FOLDERS, id: string): Promise<string | null> {
    const folder = join(this.folder, FOLDERS[result]);
    const { name, ext } = parse(file.name);
    const target = (await exists(join(folder, file.name))) ? shortened(name, `.${id}${ext}`) : file.name;
    if ((await this.readState(file.name))?.state !== file.state) return null;
    try {
      await rename(join(this.folder, file.name), join(folder, target));
      return join(FOLDERS[result], target);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
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

/** The longest name of a file, in bytes. */
const LONGEST_NAME = 255;

/** The name, cut between two characters so that it fits with the end. */
function shortened(name: string, end: string): string {
  let cut = '';
  for (const character of name) {
    if (Buffer.byteLength(cut + character + end) > LONGEST_NAME) break;
    cut += character;
  }
  return cut + end;
}

const ARCHIVE = Buffer.from('PK\x03\x04', 'latin1');
const END = Buffer.from('PK\x05\x06', 'latin1');
/** The end of an archive, with the longest comment. */
const LONGEST_END = 22 + 0xffff;

/** Whether a file that begins like an archive ends like one: an upload may have paused. */
async function hasItsEnd(file: FileHandle, size: number): Promise<boolean> {
  const { buffer: head } = await file.read(Buffer.alloc(ARCHIVE.length), 0, ARCHIVE.length, 0);
  if (!head.equals(ARCHIVE)) return true;
  const length = Math.min(size, LONGEST_END);
  const { buffer: tail } = await file.read(Buffer.alloc(length), 0, length, size - length);
  for (let at = tail.lastIndexOf(END); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf(END, at - 1)) {
    if (at + 22 <= length && at + 22 + tail.readUInt16LE(at + 20) === length) return true;
  }
  return false;
}

const stateOf = ({ dev, ino, size, mtimeMs }: Stats) => [dev, ino, size, mtimeMs].join(':');
const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;
const exists = async (path: string) => (await statsOf(path)) !== null;

async function statsOf(path: string): Promise<Stats | null> {
  return lstat(path).catch((error) => {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw error;
  });
}
