import { chmod, lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CannotStart, codeOf } from '../cannot-start.js';
import { canEnter, type RunAs } from './run-as.js';

/** The folder for files that PostgreSQL's user cannot reach in the project's folder, for example in a home with mode 0700. */
export const OUTSIDE = '/var/lib/mpp-server-kaspi-qr';

/**
 * Creates a folder that belongs to root below `outside` and returns its path. A folder that another user could have written
 * to is refused.
 */
export async function rootFolder(outside: string, name: 'native' | 'clusters', user: RunAs): Promise<string> {
  await mkdir(dirname(outside), { recursive: true });
  await createRootOwned(outside, 0o755);
  const folder = join(outside, name);
  // 0711: other users cannot list the names of clusters.
  await createRootOwned(folder, name === 'native' ? 0o755 : 0o711);
  if (await canEnter(folder, user)) return folder;
  throw new CannotStart(
    `PostgreSQL cannot run as root, and its user can enter neither the project's folder nor ${dirname(outside)}. ` +
      'Start as an ordinary user, or set DATABASE_URL to a PostgreSQL 15 or newer',
  );
}

async function createRootOwned(folder: string, mode: number): Promise<void> {
  await mkdir(folder).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) {
    throw new CannotStart(`${folder} is not a folder that belongs to root alone: move it away and start again`);
  }
  // Root's umask may have removed bits.
  if ((found.mode & 0o777) !== mode) await chmod(folder, mode);
}
