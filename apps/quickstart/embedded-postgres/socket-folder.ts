import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readdir, readlink, rmdir, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { codeOf } from '../cannot-start.js';
import { canEnter, type RunAs } from './run-as.js';

const PREFIX = 'mpp-postgres-';
const SOCKET = '.s.PGSQL.5432';
/** sockaddr_un.sun_path of macOS, the shorter one, with its final NUL. */
const LONGEST_PATH_BYTES = 103;

/**
 * A fresh folder for PostgreSQL's socket that only `user` (and root) can enter. `note` becomes a symbolic link to it: it
 * is written first, so that whatever a killed run left behind is found and removed by the next one.
 */
export async function makeSocketFolder(note: string, user: RunAs | null): Promise<string> {
  await removeSocketFolder(note);
  const folder = join(await placeForSockets(user), PREFIX + randomBytes(8).toString('hex'));
  await symlink(folder, note);
  // Fails when it exists: nobody can have prepared it for us.
  await mkdir(folder, { mode: 0o700 });
  await chmod(folder, 0o700);
  if (user !== null) await chown(folder, user.uid, user.gid);
  return folder;
}

/** Removes the folder that the note names, if it is one of ours, and the note. Nothing is removed by walking a tree. */
export async function removeSocketFolder(note: string): Promise<void> {
  const folder = await readlink(note).catch(() => null);
  if (folder === null) return;
  if (basename(folder).startsWith(PREFIX)) {
    const left = await readdir(folder).catch(() => []);
    for (const name of left.filter((entry) => entry.startsWith(SOCKET))) await unlink(join(folder, name));
    await rmdir(folder).catch((error: unknown) => {
      // Swept from /tmp, or a run of another user's: either way it is not in our way.
      if (!['ENOENT', 'ENOTEMPTY', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
    });
  }
  await unlink(note);
}

export function socketIn(folder: string): string {
  return join(folder, SOCKET);
}

async function placeForSockets(user: RunAs | null): Promise<string> {
  const own = tmpdir();
  const longest = Buffer.byteLength(socketIn(join(own, `${PREFIX}0123456789abcdef`)));
  if (longest > LONGEST_PATH_BYTES || (await lstat(own).catch(() => null)) === null) return '/tmp';
  return user === null || (await canEnter(own, user)) ? own : '/tmp';
}
