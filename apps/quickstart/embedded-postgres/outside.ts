import { chmod, lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CannotStart, codeOf } from '../cannot-start.js';
import { canEnter, type RunAs } from './run-as.js';

/** Where root keeps what PostgreSQL's user must reach and cannot reach in the project's own folder (a 0700 home). */
export const OUTSIDE = '/var/lib/mpp-server-kaspi-qr';

/**
 * Makes a folder of root's own in the outside place and returns its path. Nobody but root can have put anything into
 * it: a folder where somebody else could is refused.
 */
export async function outsideFolder(outside: string, name: 'native' | 'clusters', user: RunAs): Promise<string> {
  await mkdir(dirname(outside), { recursive: true });
  await folderOfRoot(outside, 0o755);
  const folder = join(outside, name);
  // 0711: whoever does not know the name of a cluster does not learn it here.
  await folderOfRoot(folder, name === 'native' ? 0o755 : 0o711);
  if (await canEnter(folder, user)) return folder;
  throw new CannotStart(
    `PostgreSQL cannot run as root, and its user can enter neither the project's folder nor ${dirname(outside)}. ` +
      'Start as an ordinary user, or set DATABASE_URL to a PostgreSQL 15 or newer',
  );
}

async function folderOfRoot(folder: string, mode: number): Promise<void> {
  await mkdir(folder).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) {
    throw new CannotStart(`${folder} is not a folder that belongs to root alone: move it away and start again`);
  }
  // Root's umask may have closed it.
  if ((found.mode & 0o777) !== mode) await chmod(folder, mode);
}
