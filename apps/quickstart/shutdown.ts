import type { Printer } from './printer.js';

const EACH_WITHIN_MS = 90_000;
/** The terminal sends Ctrl-C to all of its programs, and npm passes its own on to us: two signals are one key. */
const SAME_PRESS_MS = 500;

/** What has been started, and how to stop it in the opposite order. */
export class Shutdown {
  private readonly started: { readonly name: string; readonly stop: () => Promise<void> }[] = [];
  private stopping: Promise<boolean> | null = null;

  constructor(private readonly printer: Printer) {}

  /** Throws once stopping has begun, which ends a start that is still under way; the process is about to end anyway. */
  add(name: string, stop: () => Promise<void>): void {
    if (this.begun) throw new Error(`${name} came after the end`);
    this.started.push({ name, stop });
  }

  get begun(): boolean {
    return this.stopping !== null;
  }

  /** Stops everything, once. What does not stop is reported, and the rest is stopped all the same. True when all did. */
  stopAll(): Promise<boolean> {
    this.stopping ??= this.run();
    return this.stopping;
  }

  private async run(): Promise<boolean> {
    let clean = true;
    for (const { name, stop } of this.started.toReversed()) {
      await withinTime(stop()).catch((error: Error) => {
        clean = false;
        this.printer.line(`${name} did not stop: ${error.message}`);
      });
    }
    return clean;
  }
}

/** Calls `first` at the first Ctrl-C (or whatever else asks us to end), `again` at the second one. */
export function onSignals(first: () => void, again: () => void): void {
  let firstAt: number | null = null;
  const received = () => {
    if (firstAt === null) {
      firstAt = performance.now();
      first();
    } else if (performance.now() - firstAt > SAME_PRESS_MS) {
      again();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, received);
}

async function withinTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${EACH_WITHIN_MS / 1000} s`)), EACH_WITHIN_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
