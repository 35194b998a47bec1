import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readdir, readlink, rmdir, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { codeOf } from '../cannot-start.js';
import { canEnter, type RunAs } from './run-as.js';

const PREFIX = 'mpp-postgres-';
const SOCKET = '.s.PGSQL.5432';
/** The limit of macOS (sockaddr_un.sun_path without the final NUL); that of Linux is higher. */
const MAX_PATH_BYTES = 103;

/**
 * Creates a folder for PostgreSQL's socket that only `user` and root can enter, and before it a symbolic link to it at
 * `link`, so that the next run finds and removes the folder of a killed run.
 */
export async function makeSocketFolder(link: string, user: RunAs | null): Promise<string> {
  await removeSocketFolder(link);
  const folder = join(await parentFolder(user), PREFIX + randomBytes(8).toString('hex'));
  await symlink(folder, link);
  // Fails if it exists, so no other user can have created it.
  await mkdir(folder, { mode: 0o700 });
  await chmod(folder, 0o700);
  if (user !== null) await chown(folder, user.uid, user.gid);
  return folder;
}

/** Removes the link, and its target if that is a socket folder. Only socket files are removed from it. */
export async function removeSocketFolder(link: string): Promise<void> {
  const folder = await readlink(link).catch(() => null);
  if (folder === null) return;
  if (basename(folder).startsWith(PREFIX)) {
    const entries = await readdir(folder).catch(() => []);
    for (const name of entries.filter((entry) => entry.startsWith(SOCKET))) await unlink(join(folder, name));
    await rmdir(folder).catch((error: unknown) => {
      // Removed from /tmp already, or it belongs to another user: a new start does not need it.
      if (!['ENOENT', 'ENOTEMPTY', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
    });
  }
  await unlink(link);
}

export function socketIn(folder: string): string {
  return join(folder, SOCKET);
}

async function parentFolder(user: RunAs | null): Promise<string> {
  const temporary = tmpdir();
  const longest = Buffer.byteLength(socketIn(join(temporary, `${PREFIX}0123456789abcdef`)));
  if (longest > MAX_PATH_BYTES || (await lstat(temporary).catch(() => null)) === null) return '/tmp';
  return user === null || (await canEnter(temporary, user)) ? temporary : '/tmp';
}
