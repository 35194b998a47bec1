import type { Printer } from './output/printer.js';

const STOP_TIMEOUT_MS = 90_000;
/** One Ctrl-C can arrive twice: from the terminal and, passed on, from npm. */
const SAME_PRESS_MS = 500;

/** Stops the started parts in the opposite order of their start. */
export class Shutdown {
  private readonly started: { readonly name: string; readonly stop: () => Promise<void> }[] = [];
  private stopping: Promise<boolean> | null = null;

  constructor(private readonly printer: Printer) {}

  /** Throws if stopping has begun, which ends a start in progress. */
  add(name: string, stop: () => Promise<void>): void {
    if (this.begun) throw new Error(`${name} was started during the shutdown`);
    this.started.push({ name, stop });
  }

  get begun(): boolean {
    return this.stopping !== null;
  }

  /** Stops all parts, once. Reports parts that do not stop, and continues. Resolves with true if all stopped. */
  stopAll(): Promise<boolean> {
    this.stopping ??= this.stopInOrder();
    return this.stopping;
  }

  private async stopInOrder(): Promise<boolean> {
    let clean = true;
    for (const { name, stop } of this.started.toReversed()) {
      await withTimeout(stop()).catch((error: Error) => {
        clean = false;
        this.printer.line(`${name} did not stop: ${error.message}`);
      });
    }
    return clean;
  }
}

/** Calls `first` at the first SIGINT, SIGTERM or SIGHUP, and `again` at the second one. */
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

async function withTimeout(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${STOP_TIMEOUT_MS / 1000} s`)), STOP_TIMEOUT_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
