import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Starts one of the apps in a process of its own and returns its URL, once its log names it. */
export async function startProcess(
  app: 'mpp-server' | 'kaspi-simulator',
  env: Record<string, string>,
  children: ChildProcess[],
): Promise<string> {
  const main = path.join(import.meta.dirname, `../apps/${app}/main.js`);
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (url === undefined) continue;
    // Whatever it logs from now on is read and thrown away: writing it is part of the cost.
    child.stdout.resume();
    return url;
  }
  throw new Error(`${app} did not start`);
}
