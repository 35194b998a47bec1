import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A system user under whom PostgreSQL's programs run. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: RunAs = { uid: 65534, gid: 65534 };

export const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * The user under whom PostgreSQL runs; null for the current user. PostgreSQL refuses to run as root, so under root it runs
 * as the owner of its data, and as `nobody` at the first start.
 */
export async function postgresUser(owner: RunAs | null): Promise<RunAs | null> {
  if (!isRoot()) return null;
  return owner !== null && owner.uid !== 0 ? owner : await nobodyUser();
}

async function nobodyUser(): Promise<RunAs> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const entry = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(users);
  // macOS writes -2; file owners are unsigned.
  return entry === null ? NOBODY : { uid: Number(entry[1]) >>> 0, gid: Number(entry[2]) >>> 0 };
}

/**
 * Whether the user can enter the folder, by the mode bits of every folder on its real path.
 */
export async function canEnter(folder: string, user: RunAs): Promise<boolean> {
  for (let path = await realpath(folder); ; path = dirname(path)) {
    if (((await permissionBits(path, user)) & 0b001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/** Whether the user can run the program, by the mode bits on its real path. */
export async function canRun(program: string, user: RunAs): Promise<boolean> {
  const real = await realpath(program);
  return ((await permissionBits(real, user)) & 0b101) === 0b101 && (await canEnter(dirname(real), user));
}

async function permissionBits(path: string, user: RunAs): Promise<number> {
  const { mode, uid, gid } = await stat(path);
  if (uid === user.uid) return (mode >> 6) & 0b111;
  return (gid === user.gid ? mode >> 3 : mode) & 0b111;
}
