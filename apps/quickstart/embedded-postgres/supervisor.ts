import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { CannotStart } from '../cannot-start.js';
import type { RunAs } from './run-as.js';

/**
 * A shell between this process and a program of PostgreSQL. Its stdin is a pipe from this process: when this process ends in
 * any way, the kernel closes the pipe, `read` returns, and the program gets SIGINT (PostgreSQL's fast shutdown). Every user
 * can run a shell, also one who cannot reach our Node, and it needs a megabyte. It ignores the signals of a system shutdown,
 * so that only the pipe ends the program.
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
  /** Ends the program as the end of this process would. */
  end(): void;
}

/** Runs a program as `user` until this process ends, in its own session, so that Ctrl-C in the terminal does not reach it. */
export function supervise(
  program: string,
  args: readonly string[],
  user: RunAs | null,
  output: 'pipe' | 'ignore' | number,
): Supervised {
  const options: SpawnOptions = {
    // Not the current folder, which the user may be unable to enter, and no PG… variables, which change the programs.
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['pipe', output, output],
    detached: true,
    // Node expects signed numbers.
    ...(user === null ? {} : { uid: user.uid | 0, gid: user.gid | 0 }),
  };
  const child = spawn('/bin/sh', ['-c', SUPERVISE, 'mpp-postgres', program, ...args], options);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(cannotRun(program, user, error)));
    child.once('close', resolve);
  });
  // A rejection that is not awaited must not end this process.
  ended.catch(() => {});
  // The program may end before the pipe is closed.
  child.stdin?.on('error', () => {});
  return { process: child, ended, end: () => child.stdin?.end() };
}

function cannotRun(program: string, user: RunAs | null, error: Error): CannotStart {
  const asUser = user === null ? '' : ` as user ${user.uid}`;
  return new CannotStart(
    `${program} could not be run${asUser} (${error.message}). Set DATABASE_URL to a PostgreSQL 15 or newer instead`,
  );
}
