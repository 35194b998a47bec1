import { TestEnvironment } from 'jest-environment-node';

/** Sockets, servers, timers, threads and processes that keep a process alive. Files and the like end by themselves. */
const KEEPS_ALIVE = /Socket|Server|TLS|Pipe|Timeout|Process|MessagePort|UDP/;
/** Connections that were closed need a moment until the other side knows. */
const CLOSED_WITHIN_MS = 10_000;

// Their pipes are opened at the first use.
void [process.stdout, process.stderr];

/** Fails a test file that leaves something open: its worker could not exit, and the next files would run beside it. */
export default class LeavesNothingOpen extends TestEnvironment {
  before = countOpen();

  async teardown() {
    await super.teardown();
    const deadline = performance.now() + CLOSED_WITHIN_MS;
    for (;;) {
      const left = Object.entries(countOpen()).filter(([kind, count]) => count > (this.before[kind] ?? 0));
      if (left.length === 0) return;
      if (performance.now() > deadline) throw new Error(`left open: ${left.map(([kind]) => kind).join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/**
 * A worker ends when nothing is left to do. On a busy machine, freeing its heap takes longer than the half second after which
 * jest kills it and says that it "failed to exit gracefully"; `exit` leaves that to the operating system.
 */
if (process.send !== undefined) process.once('beforeExit', () => process.exit());

/** How many there are of each kind. */
function countOpen() {
  const counts = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (KEEPS_ALIVE.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
