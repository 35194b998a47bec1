import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface ProcessSeen {
  readonly pid: number;
  readonly name: string;
}

/** The running children of this process. */
export async function childrenOf(parent: number): Promise<ProcessSeen[]> {
  return (await processes()).filter(({ ppid }) => ppid === parent);
}

/** A zombie, ended and not yet waited for, is not alive. */
export async function isAlive(pid: number): Promise<boolean> {
  return (await processes()).some((each) => each.pid === pid);
}

async function processes(): Promise<(ProcessSeen & { ppid: number })[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat=,comm=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => state !== undefined && !state.startsWith('Z'))
    .map(([pid, ppid, , name]) => ({ pid: Number(pid), ppid: Number(ppid), name: name ?? '' }));
}
