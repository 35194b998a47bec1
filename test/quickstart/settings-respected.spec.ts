import { access, readdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { createTwoRoles } from '../support/two-roles.js';
import { Places } from './places.js';
import { Quickstart } from './quickstart-process.js';

const places = new Places();
const opened: Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) server.close();
});

/** A port in use. */
async function takenPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  opened.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return String(address.port);
}

async function refusal(env: Record<string, string>): Promise<string> {
  const { code, text } = await Quickstart.launch(places, env).end();
  expect(code).toBe(1);
  return text;
}

describe('A start that cannot work', () => {
  it.each([
    ['PORT', 'http'],
    ['SIMULATOR_PORT', '70000'],
  ])('names a bad setting, %s=%s, and starts nothing', async (name, value) => {
    const dataDir = join(await places.folder(), 'data');
    expect(await refusal({ DATA_DIR: dataDir, [name]: value })).toMatch(new RegExp(`^Cannot start\n${name}: [^\n]+$`));
    await expect(access(dataDir)).rejects.toThrow();
  });

  it.each(['PORT', 'KASPI_LISTEN_PORT', 'SIMULATOR_PORT'])('names %s if that port is in use', async (name) => {
    const dataDir = join(await places.folder(), 'data');
    const port = await takenPort();
    const text = await refusal({ DATA_DIR: dataDir, [name]: port });
    expect(text).toMatch(new RegExp(`^Cannot start\n${name}: port ${port} is taken by another program[^\n]*$`));
    await expect(access(join(dataDir, 'postgres'))).rejects.toThrow();
  });

  it('names both variables if they have the same port', async () => {
    expect(await refusal({ PORT: '3999', SIMULATOR_PORT: '3999' })).toContain('SIMULATOR_PORT: 3999 is already');
  });

  it('names DATABASE_URL if no PostgreSQL answers, and never shows the password', async () => {
    const text = await refusal({ DATABASE_URL: `postgresql://mpp:secret@127.0.0.1:${await freedPort()}/mpp` });
    expect(text).toMatch(/DATABASE_URL: no connection to 127\.0\.0\.1:\d+\/mpp: .*ECONNREFUSED/);
    expect(text).not.toContain('secret');
  });

  it('names DATA_DIR if it is not a folder', async () => {
    const file = join(await places.folder(), 'file');
    await writeFile(file, '');
    expect(await refusal({ DATA_DIR: file })).toContain(`DATA_DIR: ${file} cannot be used`);
  });
});

describe('A part that a variable names is not started', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  it('DATABASE_URL: no embedded PostgreSQL, and two starts at once on one database create one first customer', async () => {
    const folders = [await places.folder(), await places.folder()];
    const starts = await Promise.all(
      folders.map((folder) => Quickstart.start(places, { DATABASE_URL: database.url, DATA_DIR: folder })),
    );
    for (const each of starts) {
      expect(each.text).toContain('Customer 900900000001 has 100000.00 KZT');
      expect((await each.end('SIGTERM')).code).toBe(0);
    }
    expect(await readdir(folders[0] ?? '')).toEqual(['simulator.jsonl']);
    const customers = 'SELECT count(*)::int AS accounts FROM ledger_accounts WHERE customer_id IS NOT NULL';
    expect(await database.query(customers)).toEqual([{ accounts: 1 }]);
  });

  it('DATABASE_MIGRATION_URL: its role owns the tables, and the server runs with a role that owns nothing', async () => {
    const two = await createTwoRoles();
    const quickstart = await Quickstart.start(places, {
      DATABASE_URL: two.serverUrl,
      DATABASE_MIGRATION_URL: two.ownerUrl,
      DATA_DIR: await places.folder(),
    });
    expect(quickstart.text).toContain('Customer 900900000001 has 100000.00 KZT');
    const owners = await two.query(`select distinct tableowner as owner from pg_tables where schemaname = 'public'`);
    expect(owners).toEqual([{ owner: two.owner }]);
    const connected = await two.query(
      `select distinct usename as role from pg_stat_activity where application_name = 'mpp-server' and datname = current_database()`,
    );
    expect(connected).toEqual([{ role: two.server }]);
    expect((await quickstart.end('SIGTERM')).code).toBe(0);
    await two.drop();
  });

  it('AUTH_JWKS_URI: no development issuer and no first customer; KASPI_BASE_URL: no simulator', async () => {
    const dataDir = join(await places.folder(), 'data');
    const quickstart = await Quickstart.start(places, {
      DATABASE_URL: database.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      DATA_DIR: dataDir,
      AUTH_JWKS_URI: 'http://127.0.0.1:9/jwks',
      AUTH_ISSUER: 'https://id.bank.kz',
      AUTH_AUDIENCE: 'mpp',
    });
    expect(quickstart.text).not.toMatch(/Customer|token|curl|simulator|psql/i);
    const token = await fetch(new URL('/dev/token', quickstart.where('Mobile API')), { method: 'POST' });
    expect(token.status).toBe(404);
    await quickstart.end('SIGTERM');
    // This start does not need the folder, so several servers can run side by side.
    await expect(access(dataDir)).rejects.toThrow();
  });
});

async function freedPort(): Promise<string> {
  const port = await takenPort();
  await new Promise((resolve) => opened.pop()?.close(resolve));
  return port;
}
