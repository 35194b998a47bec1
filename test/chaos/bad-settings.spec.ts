import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configuredUrl } from '../support/configured-database.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { QUIET } from '../support/mpp.js';
import { PROGRAM_ENV } from '../support/program-env.js';

const MAIN = path.join(import.meta.dirname, '../../dist/apps/mpp-server/main.js');

describe('a server with a bad setting', () => {
  interface End {
    code: number | null;
    stdout: string;
    stderr: string;
    /** Whether a connection to its ports was possible at any time. */
    listened: boolean;
  }

  const connects = (port: number) =>
    new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });

  /** Below the range of ephemeral ports, so that no other test gets the port meanwhile. */
  async function freePort(): Promise<number> {
    for (;;) {
      const port = randomInt(10_000, 30_000);
      if (!(await connects(port))) return port;
    }
  }

  async function endOf(settings: Record<string, string>): Promise<End> {
    const ports = [await freePort(), await freePort()];
    const listen = { PORT: String(ports[0]), KASPI_LISTEN_PORT: String(ports[1]) };
    const env = { ...PROGRAM_ENV, ...QUIET, LOG_LEVEL: 'info', ...listen, ...settings };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const end: End = { code: null, stdout: '', stderr: '', listened: false };
    child.stdout.on('data', (bytes) => {
      end.stdout += bytes;
    });
    child.stderr.on('data', (bytes) => {
      end.stderr += bytes;
    });
    const ended = once(child, 'close');
    while (child.exitCode === null && child.signalCode === null) {
      for (const port of ports) end.listened ||= await connects(port);
      await Promise.race([ended, pause(20)]);
    }
    await ended;
    end.code = child.exitCode;
    return end;
  }

  let database: TestDatabase;
  let neighbour: net.Server;
  let taken: number;
  /** By case; all cases run at the same time. */
  let ends: Record<string, End>;

  const NAMED: Record<string, { settings: Record<string, string>; lines: string[] }> = {
    'without anything': {
      settings: { DATABASE_URL: '', KASPI_BASE_URL: '' },
      lines: ['DATABASE_URL: is required', 'KASPI_BASE_URL: is required'],
    },
    'with a time that cannot be read': { settings: { CONFIRM_WAIT_MS: '5s' }, lines: ['CONFIRM_WAIT_MS: '] },
    'in production without the bank’s issuer': {
      settings: { NODE_ENV: 'production' },
      lines: ['AUTH_JWKS_URI: is required in production: there is no development issuer there'],
    },
    'with a missing certificate for the bank’s core': {
      settings: {
        CORE_BANKING_URL: 'https://core.bank.kz',
        CORE_BANKING_TLS_CERT: '/nowhere/core.pem',
        CORE_BANKING_TLS_KEY: '/nowhere/core.key',
      },
      lines: ['CORE_BANKING_TLS_CERT: cannot be used: ENOENT'],
    },
    'with a database of another kind, whose password it does not show': {
      settings: { DATABASE_URL: 'mysql://mpp:hunter2@db/mpp' },
      lines: ['DATABASE_URL: must be a PostgreSQL URL'],
    },
    'with a database that is away, whose password it does not show': {
      settings: { DATABASE_URL: 'postgresql://mpp:hunter2@127.0.0.1:1/mpp' },
      lines: ['DATABASE_URL: no connection to 127.0.0.1:1/mpp: connect ECONNREFUSED'],
    },
    'in production with a database that does not write commits to the disk': {
      settings: {
        NODE_ENV: 'production',
        AUTH_JWKS_URI: 'https://id.bank.kz/jwks',
        AUTH_ISSUER: 'https://id.bank.kz',
        AUTH_AUDIENCE: 'mpp',
      },
      lines: ['fsync = off and full_page_writes = off: payments would be lost when its machine fails'],
    },
    'with an owner of the tables who cannot connect, whose password it does not show': {
      settings: {
        MIGRATE_ON_START: 'on',
        DATABASE_MIGRATION_URL: 'postgresql://mpp_owner:hunter2@127.0.0.1:1/mpp',
      },
      lines: ['DATABASE_MIGRATION_URL: no connection to 127.0.0.1:1/mpp: connect ECONNREFUSED'],
    },
  };
  const PORTS = ['PORT', 'KASPI_LISTEN_PORT'];

  beforeAll(async () => {
    database = await createDatabase();
    neighbour = net.createServer().listen(0, '127.0.0.1');
    await once(neighbour, 'listening');
    taken = (neighbour.address() as AddressInfo).port;
    const good = {
      DATABASE_URL: await configuredUrl(database, { fsync: 'off', full_page_writes: 'off' }),
      KASPI_BASE_URL: 'http://127.0.0.1:9',
    };
    const cases = [
      ...Object.entries(NAMED).map(([name, { settings }]) => ({ name, settings: { ...good, ...settings } })),
      ...PORTS.map((name) => ({ name, settings: { ...good, [name]: String(taken) } })),
    ];
    ends = Object.fromEntries(
      await Promise.all(cases.map(async ({ name, settings }) => [name, await endOf(settings)])),
    );
  });

  afterAll(async () => {
    neighbour.close();
    await database.drop();
  });

  it.each(Object.keys(NAMED))(
    '%s ends with 1 and one message that names the setting, and has never listened',
    (name) => {
      expect(ends[name]).toMatchObject({ code: 1, stdout: '', listened: false });
      const [first, ...messages] = ends[name]?.stderr.trimEnd().split('\n') ?? [];
      expect(first).toBe('mpp-server cannot start');
      expect(messages).toEqual(NAMED[name]?.lines.map((start) => expect.stringContaining(start)));
      expect(ends[name]?.stderr).not.toContain('hunter2');
    },
  );

  it.each(PORTS)('whose %s is taken ends with 1 and names it', (name) => {
    expect(ends[name]).toMatchObject({
      code: 1,
      stderr: `mpp-server cannot start\n${name}: port ${taken} on 127.0.0.1 is taken by another program\n`,
    });
  });
});
