import '../../config/running.js';
import { SettingsError } from '@mpp/config';
import { CannotStart } from './cannot-start.js';
import { printGuide } from './output/guide.js';
import { Printer, Steps } from './output/printer.js';
import { readArguments, USAGE } from './settings/arguments.js';
import { readPlan } from './settings/plan.js';
import { onSignals, Shutdown } from './shutdown.js';
import { startAll } from './start.js';

const INTERRUPTED = 130;

/** Errors of the server for invalid settings. By name, because its code is loaded after the settings were read. */
const SERVER_ERRORS: ReadonlySet<string> = new Set(['ListenError', 'DatabaseUnusable']);

/**
 * `npm start`: runs everything on one machine. Exits with 0 after a signal, and with 1 if it could not start or a started
 * part ended unexpectedly. In both cases all its parts are stopped.
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
    // PostgreSQL's supervisor notices the exit and stops PostgreSQL in order.
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
    // The error is a consequence of the interruption.
    if (shutdown.begun) return;
    process.stderr.write(`Cannot start\n${describeError(error)}\n`);
    await end(1);
  }
}

/** The message of an error that the user can fix; the stack of any other. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const expected = error instanceof CannotStart || error instanceof SettingsError || SERVER_ERRORS.has(error.name);
  // The message of a failed system call (EACCES, ENOSPC) names the call and the path.
  return expected || 'syscall' in error ? error.message : (error.stack ?? error.message);
}

await main();
