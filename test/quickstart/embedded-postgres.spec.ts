import { appendFile, lstat, readdir, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../support/until.js';
import { Places } from './places.js';
import { PostgresOwner } from './postgres-owner.js';
import { isAlive } from './processes.js';

const places = new Places();
const exists = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  );
const noteIn = (dataDir: string) => join(dataDir, 'postgres.socket');

describe('The embedded PostgreSQL', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await places.folder();
  });
  const start = () => PostgresOwner.start(places, { dataDir });

  it('starts on an empty folder, and has its data after a restart', async () => {
    const first = await start();
    expect(first.version).toMatch(/^18\./);
    await first.query('CREATE TABLE kept AS SELECT 1 AS run');
    expect(await first.stop()).toBe(0);

    const second = await start();
    expect(await second.query('SELECT run FROM kept')).toEqual([{ run: 1 }]);
    await second.stop();
  });

  it('has checksums, UTF-8, a built-in locale and fsync', async () => {
    const postgres = await start();
    const shown = await postgres.query(`
      SELECT current_setting('data_checksums') AS checksums, current_setting('fsync') AS fsync,
             pg_encoding_to_char(encoding) AS encoding, datlocprovider AS provider, datlocale AS locale
      FROM pg_database WHERE datname = current_database()`);
    expect(shown).toEqual([{ checksums: 'on', fsync: 'on', encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8' }]);
    await postgres.stop();
  });

  it('opens no TCP port; its socket is in a folder that only its user can enter, a new one at each start', async () => {
    const first = await start();
    expect(await first.query('SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
    expect((await stat(first.socketFolder)).mode & 0o777).toBe(0o700);
    await first.stop();
    expect(await exists(first.socketFolder)).toBe(false);
    expect(await exists(noteIn(dataDir))).toBe(false);

    const second = await start();
    expect(second.socketFolder).not.toBe(first.socketFolder);
    await second.stop();
  });

  it('stops by itself when its owner is killed', async () => {
    const postgres = await start();
    const [{ pid } = { pid: 0 }] = await postgres.query<{ pid: number }>(
      `SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid`,
    );
    await postgres.kill();
    await postgres.untilPostgresIsGone(pid);
    expect(await exists(join(dataDir, 'postgres/postmaster.pid'))).toBe(false);
  });

  it('starts at once after its owner was killed, with all committed data', async () => {
    const first = await start();
    await first.query('CREATE TABLE committed AS SELECT 2 AS run');
    await first.kill();

    const second = await start();
    expect(await second.query('SELECT run FROM committed')).toEqual([{ run: 2 }]);
    expect(await exists(first.socketFolder)).toBe(false);
    await second.stop();
  });

  it('stops a PostgreSQL whose supervisor was killed too, and continues with its data', async () => {
    const first = await start();
    await first.query('CREATE TABLE orphaned AS SELECT 3 AS run');
    const orphan = await first.killWithSupervisor();
    expect(await isAlive(orphan)).toBe(true);

    const second = await start();
    expect(await isAlive(orphan)).toBe(false);
    expect(await second.query('SELECT run FROM orphaned')).toEqual([{ run: 3 }]);
    expect(await exists(first.socketFolder)).toBe(false);
    await second.stop();
  });

  it('reports to its owner when it ends unexpectedly', async () => {
    const postgres = await start();
    const [{ pid } = { pid: 0 }] = await postgres.query<{ pid: number }>(
      `SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid`,
    );
    process.kill(pid, 'SIGINT');
    expect(await postgres.nextLine()).toMatchObject({ failed: expect.stringContaining('fast shutdown') });
    await postgres.stop();
  });

  it('never removes a foreign folder, even if a link points there', async () => {
    const foreign = await places.folder();
    await writeFile(join(foreign, 'precious'), '');
    await symlink(foreign, noteIn(dataDir));

    const postgres = await start();
    expect(await readlink(noteIn(dataDir))).toBe(postgres.socketFolder);
    await postgres.stop();
    expect(await readdir(foreign)).toEqual(['precious']);
  });

  it('reports why it does not start, with the end of its log', async () => {
    const configuration = join(dataDir, 'postgres/postgresql.conf');
    await appendFile(configuration, 'shared_buffers = plenty\n');
    await expect(start()).rejects.toThrow(/postgres\.log[\s\S]*shared_buffers.*plenty/);
    expect(await exists(noteIn(dataDir))).toBe(false);
    await appendFile(configuration, 'shared_buffers = 64MB\n');
    await (await start()).stop();
  });
});

describe('A start of the embedded PostgreSQL that is killed', () => {
  it('while it creates the data folder, leaves nothing that the next start would use', async () => {
    const dataDir = await places.folder();
    const killed = PostgresOwner.launch(places, { dataDir });
    const partial = await until(
      'an incomplete cluster',
      async () => (await readdir(dataDir)).find((name) => name.includes('.partial-')),
      (name) => name !== undefined,
    );
    await until(
      'files in it',
      () => readdir(join(dataDir, partial ?? '')),
      (files) => files.length > 3,
    );
    killed.kill('SIGKILL');
    expect(await exists(join(dataDir, 'postgres'))).toBe(false);

    const postgres = await PostgresOwner.start(places, { dataDir });
    expect(await postgres.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres.log', 'postgres.socket']);
    await postgres.stop();
  });
});
