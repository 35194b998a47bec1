import { randomBytes } from 'node:crypto';
import { chown, lstat, mkdir, readdir, readlink, realpath, rename, rm, stat, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CannotStart, codeOf } from '../cannot-start.js';
import type { Binaries } from './binaries.js';
import { rootFolder } from './root-folder.js';
import { canEnter, isRoot, type RunAs } from './run-as.js';
import { supervise } from './supervisor.js';

/** PostgreSQL's data folder: its real path and its owner. */
export interface Cluster {
  readonly path: string;
  readonly owner: RunAs;
}

const NAME = 'postgres';
const PARTIAL = `${NAME}.partial-`;

/** The cluster of a data folder; null before the first start. An incomplete cluster has another name and is never found. */
export async function findCluster(dataDir: string): Promise<Cluster | null> {
  const place = join(dataDir, NAME);
  const path = await realpath(place).catch(async (error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    const lost = await readlink(place).catch(() => null);
    if (lost === null) return null;
    throw new CannotStart(
      `The data is missing: ${place} is a link to ${lost}, which does not exist. Restore it, or remove ${place} to start with an empty database`,
    );
  });
  if (path === null) return null;
  const { uid, gid } = await stat(path);
  if (!isRoot() && uid !== process.getuid?.()) {
    throw new CannotStart(
      `${place} belongs to another user (${uid}). Start as the user who started before, or choose another DATA_DIR`,
    );
  }
  return { path, owner: { uid, gid } };
}

/** Throws {@link CannotStart} if PostgreSQL's user can no longer enter the cluster. */
export async function requireEntry(cluster: Cluster, user: RunAs | null): Promise<void> {
  if (user === null || (await canEnter(cluster.path, user))) return;
  throw new CannotStart(
    `PostgreSQL cannot run as root, and its user (${user.uid}) cannot enter ${cluster.path} any more: ` +
      'the permissions of a folder above it have changed. Move it to a folder that others can enter, or choose another DATA_DIR',
  );
}

/**
 * Creates an empty cluster, which gets its name when it is complete on the disk. If `user` cannot enter the data folder,
 * the cluster is below `outside` and the data folder has a link to it; without the link the data is not used again.
 */
export async function createCluster(
  dataDir: string,
  binaries: Binaries,
  user: RunAs | null,
  options: { outside: string; sync: boolean },
): Promise<Cluster> {
  await removePartialClusters(dataDir, options.outside);
  const unique = randomBytes(16).toString('hex');
  const partial = join(dataDir, PARTIAL + unique);
  const inside = user === null || (await canEnter(dataDir, user));
  const path = inside ? partial : join(await rootFolder(options.outside, 'clusters', user), unique);
  if (!inside) await symlink(path, partial);
  await mkdir(path, { mode: 0o700 });
  if (user !== null) await chown(path, user.uid, user.gid);
  await initdb(path, binaries, user, options.sync);
  await rename(partial, join(dataDir, NAME));
  const { uid, gid } = await stat(join(dataDir, NAME));
  return { path: await realpath(join(dataDir, NAME)), owner: { uid, gid } };
}

/** Removes the incomplete clusters of killed starts. */
async function removePartialClusters(dataDir: string, outside: string): Promise<void> {
  const partial = (await readdir(dataDir)).filter((name) => name.startsWith(PARTIAL));
  for (const path of partial.map((name) => join(dataDir, name))) {
    if ((await lstat(path)).isSymbolicLink()) {
      const target = await readlink(path);
      if (dirname(target) === join(outside, 'clusters')) await removeFolder(target);
      await unlink(path);
    } else {
      await removeFolder(path);
    }
  }
}

/** Tries again for five seconds: the initdb of a start that was killed a moment ago may still write into the folder. */
function removeFolder(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

async function initdb(path: string, binaries: Binaries, user: RunAs | null, sync: boolean): Promise<void> {
  const run = supervise(
    join(binaries, 'bin', 'initdb'),
    [
      `--pgdata=${path}`,
      '--username=postgres',
      // Safe because the only access is a socket in a folder that only this user can enter: see socket-folder.ts.
      '--auth=trust',
      '--encoding=UTF8',
      // Independent of the system's libraries, so that their upgrade does not change the sort order.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--data-checksums',
      '--no-instructions',
      ...(sync ? [] : ['--no-sync']),
    ],
    user,
    'pipe',
  );
  let output = '';
  run.process.stdout?.on('data', (text: Buffer) => {
    output += text;
  });
  run.process.stderr?.on('data', (text: Buffer) => {
    output += text;
  });
  const code = await run.ended;
  if (code !== 0) throw initdbError(code, output.trim());
}

function initdbError(code: number | null, output: string): CannotStart {
  const unnamedUser = /could not look up effective user ID (\d+)/.exec(output)?.[1];
  if (unnamedUser !== undefined) {
    return new CannotStart(
      `PostgreSQL cannot create its data folder: user ${unnamedUser} has no name (no line in /etc/passwd). ` +
        'Start as another user, or set DATABASE_URL to a PostgreSQL 15 or newer',
    );
  }
  // The shell's exit code for a program that the system cannot load.
  const hint =
    code === 127 ? '\nThe programs need glibc. On other systems set DATABASE_URL to a PostgreSQL 15 or newer' : '';
  return new CannotStart(`PostgreSQL could not create its data folder (initdb ended with ${code}):\n${output}${hint}`);
}
