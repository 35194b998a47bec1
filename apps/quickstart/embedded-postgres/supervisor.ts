import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { CannotStart } from '../cannot-start.js';
import type { RunAs } from './run-as.js';

/**
 * A shell between us and a program of PostgreSQL's. Its stdin is a pipe that we hold: when we end, however we end, the
 * kernel closes it, `read` returns, and the program is asked to end (SIGINT is PostgreSQL's fast shutdown). It is a
 * shell because every user can run one, also where they cannot reach our Node, and because it costs a megabyte.
 * It ignores the signals with which a machine that goes down ends everything at once: the pipe alone decides.
 */
const SUPERVISE = `
trap '' HUP INT TERM
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
{ read -r _ <&3; kill -INT "$program"; } &
watcher=$!
exec 3<&-
wait "$program"
status=$?
kill -KILL "$watcher" 2>/dev/null
exit "$status"
`;

export interface Supervised {
  readonly process: ChildProcess;
  /** Resolves with the exit code once the program has ended; null when the supervisor itself was killed. */
  readonly ended: Promise<number | null>;
  /** Asks the program to end, as our own end would. */
  end(): void;
}

/** Runs a program as `user`, in a session of its own (the terminal's Ctrl-C does not reach it), for as long as we live. */
export function supervise(
  program: string,
  args: readonly string[],
  user: RunAs | null,
  output: 'pipe' | 'ignore' | number,
): Supervised {
  const options: SpawnOptions = {
    // Not our folder, which that user may not be able to enter, and not our PG… variables, which change what programs do.
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['pipe', output, output],
    detached: true,
    // Node takes them as signed numbers.
    ...(user === null ? {} : { uid: user.uid | 0, gid: user.gid | 0 }),
  };
  const child = spawn('/bin/sh', ['-c', SUPERVISE, 'mpp-postgres', program, ...args], options);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(notRun(program, user, error)));
    child.once('close', resolve);
  });
  // Whoever does not wait for it must not be ended by it.
  ended.catch(() => {});
  // It writes nothing back, and it may be gone before we close our end.
  child.stdin?.on('error', () => {});
  return { process: child, ended, end: () => child.stdin?.end() };
}

function notRun(program: string, user: RunAs | null, error: Error): CannotStart {
  const who = user === null ? '' : ` as user ${user.uid}`;
  return new CannotStart(
    `${program} could not be run${who} (${error.message}). Set DATABASE_URL to a PostgreSQL 15 or newer instead`,
  );
}
