import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface ProcessSeen {
  readonly pid: number;
  readonly name: string;
}

/** The processes that this one has started and that still run. */
export async function childrenOf(parent: number): Promise<ProcessSeen[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,comm=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, ppid]) => ppid === String(parent))
    .map(([pid, , name]) => ({ pid: Number(pid), name: name ?? '' }));
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
