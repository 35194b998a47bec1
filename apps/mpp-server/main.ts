import 'reflect-metadata';
import '../../config/running.js';
import { Settings, SettingsError } from '@mpp/config';
import { DatabaseUnusable } from '@mpp/platform';
import { ListenError, startServer } from './start.js';

/** How long before the end of SHUTDOWN_GRACE_MS the leases of unanswered attempts are given back. */
const LEAVE_WITHIN_MS = 500;

async function main(): Promise<void> {
  const settings = Settings.read(process.env);
  const server = await startServer(settings);
  const stop = () => {
    const { SHUTDOWN_GRACE_MS: graceMs } = settings;
    setTimeout(() => process.exit(1), graceMs).unref();
    const leave = () => server.leaveToOthers().finally(() => process.exit(1));
    setTimeout(() => void leave().catch(() => undefined), graceMs - LEAVE_WITHIN_MS).unref();
    server.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

main().catch((error: Error) => {
  // The operator can fix settings and ports: the message names them, and a stack would hide it.
  const plain = error instanceof SettingsError || error instanceof ListenError || error instanceof DatabaseUnusable;
  process.stderr.write(`mpp-server cannot start\n${plain ? error.message : (error.stack ?? error.message)}\n`);
  process.exit(1);
});
