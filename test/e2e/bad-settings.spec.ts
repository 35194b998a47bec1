import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { QUIET } from '../support/mpp.js';

const MAIN = path.join(import.meta.dirname, '../../dist/apps/mpp-server/main.js');

describe('a server with a bad setting', () => {
  interface End {
    code: number | null;
    stdout: string;
    stderr: string;
    /** Whether anybody could connect to its ports while it ran. */
    listened: boolean;
  }

  async function freePort(): Promise<number> {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return port;
  }

  const connects = (port: number) =>
    new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });

  async function endOf(settings: Record<string, string>, mayListen: readonly number[]): Promise<End> {
    const env = { PATH: process.env.PATH, ...QUIET, LOG_LEVEL: 'info', ...settings };
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
      for (const port of mayListen) end.listened ||= await connects(port);
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
    await ended;
    end.code = child.exitCode;
    return end;
  }

  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase();
  });

  afterAll(() => database.drop());

  const good = () => ({ DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9' });
  it.each([
    ['without anything', () => ({}), ['DATABASE_URL: is required', 'KASPI_BASE_URL: is required']],
    ['with a time that is none', () => ({ ...good(), CONFIRM_WAIT_MS: '5s' }), ['CONFIRM_WAIT_MS: ']],
    [
      'in production without the bank’s issuer',
      () => ({ ...good(), NODE_ENV: 'production' }),
      ['AUTH_JWKS_URI: is required in production: there is no development issuer there'],
    ],
    [
      'with a database of another kind, whose password it does not tell',
      () => ({ ...good(), DATABASE_URL: 'mysql://mpp:hunter2@db/mpp' }),
      ['DATABASE_URL: must be a PostgreSQL URL'],
    ],
  ])('%s ends with 1 and one message that names it, and nothing has listened', async (_, settings, says) => {
    const ports = [await freePort(), await freePort()];
    const listen = { PORT: String(ports[0]), KASPI_LISTEN_PORT: String(ports[1]) };
    const { code, stdout, stderr, listened } = await endOf({ ...listen, ...settings() }, ports);
    expect({ code, stdout, listened }).toEqual({ code: 1, stdout: '', listened: false });
    const [first, ...messages] = stderr.trimEnd().split('\n');
    expect(first).toBe('mpp-server cannot start');
    expect(messages).toEqual(says.map((begins) => expect.stringContaining(begins)));
    expect(stderr).not.toContain('hunter2');
  });

  it.each(['PORT', 'KASPI_LISTEN_PORT'])(
    'whose %s is taken ends with 1, names it, and leaves the other free',
    async (taken) => {
      const neighbour = net.createServer().listen(0, '127.0.0.1');
      await once(neighbour, 'listening');
      const { port } = neighbour.address() as AddressInfo;
      const { code, stderr } = await endOf({ ...good(), [taken]: String(port) }, []);
      expect(code).toBe(1);
      expect(stderr).toBe(`mpp-server cannot start\n${taken}: port ${port} on 127.0.0.1 is taken by another program\n`);
      neighbour.close();
    },
  );
});
