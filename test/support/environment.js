import { TestEnvironment } from 'jest-environment-node';

/** Resources that keep a process alive: sockets, servers, timers, threads and processes. */
const KEEPS_ALIVE = /Socket|Server|TLS|Pipe|Timeout|Process|MessagePort|UDP/;
/** The other side of a closed connection needs a moment to close it too. */
const CLOSED_WITHIN_MS = 10_000;

// These are opened at their first use.
void [process.stdin, process.stdout, process.stderr];

/** Fails a test file that leaves something open: its worker could not exit, and the next files would run beside it. */
export default class LeavesNothingOpen extends TestEnvironment {
  before = countOpen();
  hasFailed = false;

  /** After a failure some resources may stay open; then only the failure is reported. */
  handleTestEvent({ name }) {
    this.hasFailed ||= name === 'hook_failure' || name === 'test_fn_failure' || name === 'error';
  }

  async teardown() {
    await super.teardown();
    if (this.hasFailed) return;
    const deadline = performance.now() + CLOSED_WITHIN_MS;
    for (;;) {
      const left = Object.entries(countOpen()).filter(([kind, count]) => count > (this.before[kind] ?? 0));
      if (left.length === 0) return;
      if (performance.now() > deadline) throw new Error(`left open: ${left.map(([kind]) => kind).join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** The number of open resources of each kind. */
function countOpen() {
  const counts = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (KEEPS_ALIVE.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
