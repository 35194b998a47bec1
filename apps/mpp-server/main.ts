import 'reflect-metadata';
import '../../config/running.js';
import { Settings, SettingsError } from '@mpp/config';
import { DatabaseUnusable } from '@mpp/platform';
import { ListenError, startServer } from './start.js';

async function main(): Promise<void> {
  const settings = Settings.read(process.env);
  const server = await startServer(settings);
  const stop = () => {
    setTimeout(() => process.exit(1), settings.SHUTDOWN_GRACE_MS).unref();
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
