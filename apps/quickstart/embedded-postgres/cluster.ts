import { randomBytes } from 'node:crypto';
import { chown, lstat, mkdir, readdir, readlink, realpath, rename, rm, stat, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CannotStart, codeOf } from '../cannot-start.js';
import type { Binaries } from './binaries.js';
import { outsideFolder } from './outside.js';
import { canEnter, type RunAs, weAreRoot } from './run-as.js';
import { supervise } from './supervisor.js';

/** PostgreSQL's files: the real path of the folder, and whose they are. */
export interface Cluster {
  readonly path: string;
  readonly owner: RunAs;
}

const NAME = 'postgres';
const PARTIAL = `${NAME}.partial-`;

/** The cluster of a data folder; null before the first start. A half-made one is never found: it has another name. */
export async function findCluster(dataDir: string): Promise<Cluster | null> {
  const place = join(dataDir, NAME);
  const path = await realpath(place).catch(async (error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    const lost = await readlink(place).catch(() => null);
    if (lost === null) return null;
    throw new CannotStart(
      `The data is gone: ${place} leads to ${lost}, which does not exist. Bring it back, or remove ${place} to begin anew`,
    );
  });
  if (path === null) return null;
  const { uid, gid } = await stat(path);
  if (!weAreRoot() && uid !== process.getuid?.()) {
    throw new CannotStart(
      `${place} belongs to another user (${uid}). Start as the user who started before, or choose another DATA_DIR`,
    );
  }
  return { path, owner: { uid, gid } };
}

/** Throws {@link CannotStart} where PostgreSQL's user was shut out of a cluster after it had been made. */
export async function demandEntry(cluster: Cluster, user: RunAs | null): Promise<void> {
  if (user === null || (await canEnter(cluster.path, user))) return;
  throw new CannotStart(
    `PostgreSQL cannot run as root, and its user (${user.uid}) cannot enter ${cluster.path} any more: ` +
      'a folder above it was closed after the first start. Move it where others may enter, or choose another DATA_DIR',
  );
}

/**
 * Makes an empty cluster, whole or not at all: it gets its name after everything is on the disk. Where `user` cannot
 * enter the data folder it is kept outside, and its name in the data folder is a link to it: removing the data folder
 * forgets the data in any case.
 */
export async function createCluster(
  dataDir: string,
  binaries: Binaries,
  user: RunAs | null,
  options: { outside: string; sync: boolean },
): Promise<Cluster> {
  await removePartial(dataDir, options.outside);
  const unique = randomBytes(16).toString('hex');
  const partial = join(dataDir, PARTIAL + unique);
  const inside = user === null || (await canEnter(dataDir, user));
  const path = inside ? partial : join(await outsideFolder(options.outside, 'clusters', user), unique);
  if (!inside) await symlink(path, partial);
  await mkdir(path, { mode: 0o700 });
  if (user !== null) await chown(path, user.uid, user.gid);
  await initdb(path, binaries, user, options.sync);
  await rename(partial, join(dataDir, NAME));
  const { uid, gid } = await stat(join(dataDir, NAME));
  return { path: await realpath(join(dataDir, NAME)), owner: { uid, gid } };
}

/** What killed starts left behind. */
async function removePartial(dataDir: string, outside: string): Promise<void> {
  const left = (await readdir(dataDir)).filter((name) => name.startsWith(PARTIAL));
  for (const path of left.map((name) => join(dataDir, name))) {
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
      // Safe because there is one door, a socket in a folder that only this user can enter: see socket-folder.ts.
      '--auth=trust',
      '--encoding=UTF8',
      // Sorts alike everywhere: no library of the system's has a say, so a cluster survives its upgrade.
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
  if (code !== 0) throw notMade(code, output.trim());
}

function notMade(code: number | null, output: string): CannotStart {
  const nameless = /could not look up effective user ID (\d+)/.exec(output)?.[1];
  if (nameless !== undefined) {
    return new CannotStart(
      `PostgreSQL cannot make its data folder: user ${nameless} has no name (no line in /etc/passwd). ` +
        'Start as another user, or set DATABASE_URL to a PostgreSQL 15 or newer',
    );
  }
  // The shell's own code for a program that the system cannot load.
  const hint = code === 127 ? '\nThe programs need glibc. Elsewhere set DATABASE_URL to a PostgreSQL 15 or newer' : '';
  return new CannotStart(`PostgreSQL could not make its data folder (initdb ended with ${code}):\n${output}${hint}`);
}
