import 'reflect-metadata';
import { guardKaspiListener, kaspiListenerTls } from '@mpp/access';
import type { Settings } from '@mpp/config';
import { coreTls } from '@mpp/core-banking';
import type { Clock } from '@mpp/kernel';
import { Outbox } from '@mpp/outbox';
import {
  createListener,
  type DatabaseClock,
  FOR_READING,
  Health,
  holdsRights,
  Metrics,
  removeLeftovers,
  requireDatabase,
  requireDurability,
  Stopping,
  upgradable,
  WRITES,
} from '@mpp/platform';
import { KaspiRefundFilter, RefundIntake } from '@mpp/refunds';
import { requireInbox } from '@mpp/registries';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { serveDocs } from './docs/docs.js';
import { KaspiFacingModule } from './kaspi-facing.module.js';
import { listenProblem } from './listen-problem.js';
import { migrate } from './migration.js';
import { SCHEMA } from './schema.js';

const REQUIRED = [...FOR_READING, WRITES, holdsRights(SCHEMA), upgradable(SCHEMA)];

export interface RunningServer {
  readonly publicUrl: string;
  readonly kaspiUrl: string;
  /** The Nest application that owns all services. */
  readonly app: NestFastifyApplication;
  /** Answers the requests in progress, then ends. */
  stop(): Promise<void>;
  /** What a stop has not ended is repeated by other processes at once. The process has to end now. */
  leaveToOthers(): Promise<void>;
}

/** A listener cannot be opened; the message names the setting. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * Starts both listeners on a migrated database. If one fails, the other is stopped. `clock`, and
 * the clock with which it is compared in place of the database's, are for tests.
 */
export async function startServer(
  settings: Settings,
  clock?: Clock,
  databaseClock?: DatabaseClock,
): Promise<RunningServer> {
  const tls = kaspiListenerTls(settings);
  // Throws for an invalid certificate before the database is used.
  coreTls(settings);
  requireInbox(settings);
  if (settings.NODE_ENV === 'production') await requireDurability(settings.DATABASE_URL);
  if (settings.MIGRATE_ON_START === 'on') await migrate(settings);
  // A database that accepts no writes ends the start, as one that does not answer does: whatever supervises the process starts it again. Migrations that
  // are still pending do not, since another program applies them; readiness waits for them. Nor does a clock, which is put right without a restart (R42).
  await requireDatabase(settings.DATABASE_URL, 'DATABASE_URL', REQUIRED);
  const clocks = { ...(clock && { clock }), ...(databaseClock && { databaseClock }) };
  const app = await createListener('public', AppModule.with({ settings, schema: SCHEMA, ...clocks }));
  await cleanUp();
  const intake = app.get(RefundIntake, { strict: false });
  const shared = { settings, health: app.get(Health), metrics: app.get(Metrics), stopping: app.get(Stopping), intake };
  const silentFilter = new KaspiRefundFilter(settings.KASPI_REFUND_PATH);
  const kaspiFacing = await createListener('kaspi', KaspiFacingModule.with(shared), { tls, silentFilter });
  guardKaspiListener(kaspiFacing.getHttpAdapter().getInstance(), settings);
  const stop = async () => {
    app.get(Stopping).begin();
    await kaspiFacing.close();
    await app.close();
  };
  try {
    serveDocs(app, kaspiFacing);
    await listen(app, settings.PORT, settings.HOST, 'PORT');
    await listen(kaspiFacing, settings.KASPI_LISTEN_PORT, settings.KASPI_LISTEN_HOST, 'KASPI_LISTEN_PORT');
    const leaveToOthers = () => app.get(Outbox).leaveToOthers();
    const running = { publicUrl: await urlOf(app), kaspiUrl: await urlOf(kaspiFacing), app, stop, leaveToOthers };
    new Logger('Server').log(`public listener at ${running.publicUrl}, Kaspi-facing listener at ${running.kaspiUrl}`);
    return running;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Removes what killed processes left on the disk. */
async function cleanUp(): Promise<void> {
  const removed = await removeLeftovers();
  if (removed > 0) new Logger('Server').log(`${removed} temporary folders of killed processes are removed`);
}

async function listen(app: NestFastifyApplication, port: number, host: string, setting: string): Promise<void> {
  try {
    await app.listen({ port, host });
  } catch (error) {
    const problem = listenProblem(error as NodeJS.ErrnoException, port, host);
    throw problem === null ? error : new ListenError(`${setting}: ${problem}`);
  }
}

/** The URL for programs on this machine. */
async function urlOf(app: NestFastifyApplication): Promise<string> {
  return (await app.getUrl())
    .replace('0.0.0.0', '127.0.0.1')
    .replace('[::]', '127.0.0.1')
    .replace('[::1]', '127.0.0.1');
}
