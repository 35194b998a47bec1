import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A system user under whom PostgreSQL's programs run. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: RunAs = { uid: 65534, gid: 65534 };

export const weAreRoot = (): boolean => process.getuid?.() === 0;

/**
 * Whose process PostgreSQL has to be; null where it is simply ours. It refuses to be root's, so that as root it belongs
 * to whom its data belongs already, and to `nobody` at the first start.
 */
export async function postgresUser(owner: RunAs | null): Promise<RunAs | null> {
  if (!weAreRoot()) return null;
  return owner !== null && owner.uid !== 0 ? owner : await nobody();
}

async function nobody(): Promise<RunAs> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const entry = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(users);
  // macOS writes it as -2; files know only unsigned numbers.
  return entry === null ? NOBODY : { uid: Number(entry[1]) >>> 0, gid: Number(entry[2]) >>> 0 };
}

/**
 * Whether that user can enter the folder, judged by nothing but the mode bits of its real path: every folder on the way
 * must let them through.
 */
export async function canEnter(folder: string, user: RunAs): Promise<boolean> {
  for (let place = await realpath(folder); ; place = dirname(place)) {
    if (((await bitsFor(place, user)) & 0b001) === 0) return false;
    if (place === dirname(place)) return true;
  }
}

/** Whether that user can run the program at the path, judged in the same way. */
export async function canRun(program: string, user: RunAs): Promise<boolean> {
  const real = await realpath(program);
  return ((await bitsFor(real, user)) & 0b101) === 0b101 && (await canEnter(dirname(real), user));
}

async function bitsFor(path: string, user: RunAs): Promise<number> {
  const { mode, uid, gid } = await stat(path);
  if (uid === user.uid) return (mode >> 6) & 0b111;
  return (gid === user.gid ? mode >> 3 : mode) & 0b111;
}
