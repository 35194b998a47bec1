import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Keeps the files of this program while it runs: importing this enters the process into its build, and `npm run build` removes no
 * build with a living process (tools/build.js). Every program in apps/ imports it. Does nothing where nothing is built.
 */
const entry = join(import.meta.dirname, '../running', String(process.pid));

function ignoreErrors(act: () => void): void {
  try {
    act();
  } catch {
    // A copy of a build has no such folder or is read-only.
  }
}

// Never through a link that another user put there; after a killed process with the same id, the entry is there already.
ignoreErrors(() => writeFileSync(entry, '', { flag: 'wx' }));
process.once('exit', () => ignoreErrors(() => rmSync(entry)));
