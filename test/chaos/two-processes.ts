import { afterAll, beforeAll } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { KaspiPeer } from '../support/kaspi-peer.js';
import { ServerProcess } from '../support/server-process.js';

/** Two server processes on one database and a scripted PS, for one spec file: registers the hooks that start and stop them. */
export function twoProcesses(env: Record<string, string>) {
  const fixture = {} as { database: TestDatabase; kaspi: KaspiPeer; one: ServerProcess; two: ServerProcess };

  beforeAll(async () => {
    fixture.database = await createDatabase();
    fixture.kaspi = await KaspiPeer.start();
    const settings = { DATABASE_URL: fixture.database.url, KASPI_BASE_URL: fixture.kaspi.url, ...env };
    [fixture.one, fixture.two] = await Promise.all([ServerProcess.start(settings), ServerProcess.start(settings)]);
  });

  afterAll(async () => {
    await Promise.all([fixture.one?.stop(), fixture.two?.stop()]);
    await fixture.kaspi?.close();
    await fixture.database?.drop();
  });

  return fixture;
}
