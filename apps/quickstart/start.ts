import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningSimulator } from '../kaspi-simulator/start.js';
import type { RunningServer } from '../mpp-server/start.js';
import { CannotStart, messageOf } from './cannot-start.js';
import { startEmbeddedPostgres } from './embedded-postgres/index.js';
import { ensureFirstCustomer, ensureFirstCustomerInCore, FIRST_CUSTOMER } from './first-customer/first-customer.js';
import { ServerApi } from './first-customer/server-api.js';
import { withDatabaseLock } from './locks/database-lock.js';
import { type FolderLock, lockFolder } from './locks/folder-lock.js';
import { type Listeners, planListeners, refundUrlOf } from './network/listeners.js';
import { explainListenError, requireFreePorts } from './network/ports.js';
import { type Facts, notificationUrlOf } from './output/guide.js';
import type { Steps } from './output/printer.js';
import type { Plan } from './settings/plan.js';
import type { Shutdown } from './shutdown.js';

/** The inputs of a start. */
export interface Start {
  readonly plan: Plan;
  readonly steps: Steps;
  /** Each started part is added to it at once. */
  readonly shutdown: Shutdown;
  /** Called when a started part ends unexpectedly. */
  readonly onFailure: (message: string) => void;
}

/** Supplies the parts of the plan and starts the server. Nothing is started before the data folder is locked and all ports are free. */
export async function startAll(start: Start): Promise<Facts> {
  const { plan, steps, shutdown } = start;
  const listeners = await planListeners(plan);
  // The folder first: a second start reports that the first one runs, not that a port is in use.
  const lock = plan.embedsDatabase || plan.simulatorPort !== null ? await lockDataFolder(plan.dataDir, shutdown) : null;
  await requireFreePorts([listeners.server, listeners.kaspi, ...(listeners.simulator ? [listeners.simulator] : [])]);
  const programs = loadPrograms();
  // Errors are thrown where it is awaited.
  programs.catch(() => {});

  const database = await supplyDatabase(start, programs);
  const { startServer, startSimulator, migrate } = await programs;
  if (plan.embedsDatabase || plan.settings.MIGRATE_ON_START === 'on') {
    const { DATABASE_MIGRATION_URL } = plan.settings;
    const applied = await migrate({ DATABASE_URL: database.url, DATABASE_MIGRATION_URL });
    steps.done(applied.length === 0 ? 'Database is up to date' : `Database migrated (${applied.length} migrations)`);
  }
  const simulator = await supplySimulator(start, listeners, startSimulator);
  const settings = plan.complete({
    DATABASE_URL: database.url,
    ...(simulator !== null && simulatorSettings(simulator, plan)),
    KASPI_LISTEN_PORT: String(listeners.kaspi.port),
    // Migrated above.
    MIGRATE_ON_START: 'off',
  });
  const server = await startServer(settings);
  shutdown.add('The server', () => server.stop());
  lock?.announceUrl(server.publicUrl);
  steps.done('Server started');
  const { publicUrl, kaspiUrl } = server;
  return {
    publicUrl,
    kaspiUrl,
    simulatorUrl: simulator?.url ?? null,
    notifications: plan.notifications && { secret: plan.notifications.generated ? plan.notifications.secret : null },
    core: coreFact(plan),
    database,
    dataDir: lock?.folder ?? null,
    customer: await supplyCustomer(start, server, database.url, simulator),
  };
}

function coreFact({ core, settings }: Plan): Facts['core'] {
  if (settings.CORE_BANKING_URL !== undefined) return 'named';
  return core && { token: core.generated ? core.token : null };
}

/** Loads the programs while PostgreSQL starts; only with valid settings. */
async function loadPrograms() {
  const programs = Promise.all([
    import('../mpp-server/start.js'),
    import('../mpp-server/migration.js'),
    import('../kaspi-simulator/start.js'),
  ]);
  return programs.then(([server, migration, simulator]) => ({ ...server, ...migration, ...simulator }));
}

async function lockDataFolder(dataDir: string, shutdown: Shutdown): Promise<FolderLock> {
  const folder = await mkdir(dataDir, { recursive: true })
    .then(() => realpath(dataDir))
    .catch((error: unknown) => {
      throw new CannotStart(`DATA_DIR: ${dataDir} cannot be used: ${messageOf(error)}`);
    });
  const lock = await lockFolder(folder);
  shutdown.add('The data folder', () => lock.release());
  return lock;
}

async function supplyDatabase(
  { plan, steps, shutdown, onFailure }: Start,
  programs: ReturnType<typeof loadPrograms>,
): Promise<Facts['database']> {
  if (!plan.embedsDatabase) {
    const url = plan.settings.DATABASE_URL;
    const { version, where } = await (await programs).requireDatabase(url);
    steps.done(`PostgreSQL ${version} answers at ${where}`);
    return { url, embeddedIn: null };
  }
  // pg would apply the PG… variables of another database.
  for (const name of Object.keys(process.env)) if (/^PG[A-Z]+$/.test(name)) delete process.env[name];
  const { DATABASE_POOL_SIZE, DATABASE_REPORT_POOL_SIZE } = plan.settings;
  const postgres = await startEmbeddedPostgres({
    dataDir: plan.dataDir,
    onStep: (step) => steps.done(step),
    // Enough for two servers with these pools and a few other connections.
    settings: { max_connections: String(2 * (DATABASE_POOL_SIZE + DATABASE_REPORT_POOL_SIZE) + 60) },
  });
  shutdown.add('PostgreSQL', () => postgres.stop());
  void postgres.failed.then((log) => onFailure(`PostgreSQL ended unexpectedly. The end of its log:\n${log}`));
  steps.done(`PostgreSQL ${postgres.version} started`);
  return { url: postgres.url, embeddedIn: postgres.path };
}

async function supplySimulator(
  { plan, steps, shutdown }: Start,
  listeners: Listeners,
  startSimulator: typeof import('../kaspi-simulator/start.js').startSimulator,
): Promise<RunningSimulator | null> {
  const listener = listeners.simulator;
  if (listener === null) return null;
  const storeFile = join(plan.dataDir, 'simulator.jsonl');
  const refundUrl = plan.refundUrl ?? refundUrlOf(listeners.kaspi, plan.settings);
  // Another server may send notifications to the simulator too.
  const notificationSecret = plan.notifications?.secret ?? plan.settings.NOTIFICATION_SECRET?.join(',') ?? null;
  // Another server may use the simulator's core too, with the configured token.
  const coreToken = plan.core?.token ?? plan.settings.CORE_BANKING_TOKEN ?? null;
  const options = { port: listener.port, storeFile, refundUrl, notificationSecret, coreToken, ...plan.registryMail };
  const simulator = await startSimulator(options).catch((error: unknown) => {
    throw explainListenError(listener, error);
  });
  shutdown.add('The simulator', () => simulator.stop());
  steps.done('Kaspi Pay simulator started');
  if (plan.refundUrl === null && plan.settings.KASPI_TLS_CERT !== undefined) {
    steps.note(
      'The shop’s refunds will not arrive: KASPI_TLS_CERT is set, and the simulator has no client certificate. ' +
        'MPP_REFUND_URL can set another address for them',
    );
  }
  return simulator;
}

/** The server's settings for the simulator: Kaspi, the gateway and the core. */
function simulatorSettings(simulator: RunningSimulator, { notifications, core }: Plan): Record<string, string> {
  return {
    KASPI_BASE_URL: simulator.url,
    ...(notifications !== null && {
      NOTIFICATION_URL: notificationUrlOf(simulator.url),
      NOTIFICATION_SECRET: notifications.secret,
    }),
    ...(core !== null && { CORE_BANKING_URL: simulator.core.url, CORE_BANKING_TOKEN: core.token }),
  };
}

/** Null without the development issuer, or if only the bank opens accounts. */
async function supplyCustomer(
  { plan, steps }: Start,
  server: RunningServer,
  databaseUrl: string,
  simulator: RunningSimulator | null,
): Promise<Facts['customer']> {
  if (!plan.developmentIssuer || plan.settings.CORE_BANKING_URL !== undefined) return null;
  const api = new ServerApi(server.publicUrl);
  const token = await api.developmentToken({ customerId: FIRST_CUSTOMER.id });
  const core = plan.core && simulator?.core;
  const account = core
    ? ensureFirstCustomerInCore(core)
    : await withDatabaseLock(databaseUrl, () => ensureFirstCustomer(api, token));
  const where = core ? 'at the simulated core' : `in «${account.name}»`;
  steps.done(`Customer ${FIRST_CUSTOMER.id} has ${account.balance} KZT ${where}`);
  return { id: FIRST_CUSTOMER.id, token };
}
