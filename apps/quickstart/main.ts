import { SettingsError } from '@mpp/config';
import { readArguments, USAGE } from './arguments.js';
import { CannotStart } from './cannot-start.js';
import { printGuide } from './guide.js';
import { readPlan } from './plan.js';
import { Printer, Steps } from './printer.js';
import { onSignals, Shutdown } from './shutdown.js';
import { startAll } from './start.js';

const INTERRUPTED = 130;

/** What the server's own start throws for a setting that is wrong; its code is loaded only after the settings were read. */
const FORESEEN: ReadonlySet<string> = new Set(['ListenError', 'DatabaseUnusable']);

/**
 * `npm start`: the whole thing on one machine. It ends with 0 when it was asked to end, and with 1 where it could not
 * start or something that it had started ended by itself; in either case nothing of it is left running.
 */
async function main(): Promise<void> {
  const printer = new Printer(process.stdout, process.env);
  const shutdown = new Shutdown(printer);
  const end = async (code: number) => {
    const clean = await shutdown.stopAll();
    if (code === 0) printer.line('Stopped.');
    process.exit(clean ? code : 1);
  };
  onSignals(
    () => {
      printer.line('Stopping…');
      void end(0);
    },
    // At once: PostgreSQL's supervisor sees us go and stops it in order.
    () => process.exit(INTERRUPTED),
  );
  try {
    const { help, core } = readArguments(process.argv.slice(2));
    if (help) {
      process.stdout.write(USAGE);
      return;
    }
    const plan = readPlan(process.env, process.stdout.isTTY === true, core);
    const onFailure = (message: string) => {
      process.stderr.write(`${message}\n`);
      void end(1);
    };
    printGuide(printer, await startAll({ plan, steps: new Steps(printer), shutdown, onFailure }));
  } catch (error) {
    // A start that was interrupted fails because of that.
    if (shutdown.begun) return;
    process.stderr.write(`Cannot start\n${explained(error)}\n`);
    await end(1);
  }
}

/** A stack is for what we did not foresee; what the person at the keyboard can mend is a sentence. */
function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const foreseen = error instanceof CannotStart || error instanceof SettingsError || FORESEEN.has(error.name);
  // A refused system call (EACCES, ENOSPC) says which and where.
  return foreseen || 'syscall' in error ? error.message : (error.stack ?? error.message);
}

await main();
