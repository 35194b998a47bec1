import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Places, type ProcessOptions } from '../quickstart/places.js';
import { PostgresOwner } from '../quickstart/postgres-owner.js';
import { Quickstart } from '../quickstart/quickstart-process.js';
import { openProject } from './open-project.js';

/** The user `daemon` of every Unix. */
const SOMEBODY = { uid: 1, gid: 1 };
const places = new Places();

async function theirFolder(): Promise<string> {
  const folder = await places.folder();
  await chown(folder, SOMEBODY.uid, SOMEBODY.gid);
  return folder;
}

describe('As an ordinary user', () => {
  let user: ProcessOptions;
  beforeAll(async () => {
    user = { ...SOMEBODY, ...(await openProject(places, SOMEBODY)) };
  });

  it('the whole first run works in a folder that no other user can enter', async () => {
    const home = await theirFolder();
    await chmod(home, 0o700);
    const dataDir = join(home, 'data');
    const quickstart = await Quickstart.start(places, { DATA_DIR: dataDir }, user);
    expect(quickstart.text).toContain('Customer 900900000001 has 100000.00 KZT');
    expect(await stat(join(dataDir, 'postgres'))).toMatchObject(SOMEBODY);
    expect((await quickstart.end('SIGTERM')).code).toBe(0);
  });

  it('a user without a name, as in a container, gets a message with PostgreSQL’s requirement', async () => {
    const nameless = { uid: 54_321, gid: 54_321 };
    const dataDir = await places.folder();
    await chown(dataDir, nameless.uid, nameless.gid);
    const refused = PostgresOwner.start(places, { dataDir }, { ...user, ...nameless });
    await expect(refused).rejects.toThrow(/user 54321 has no name \(no line in \/etc\/passwd\)/);
  });

  it('another user’s data is refused with a clear message', async () => {
    const dataDir = await places.folder();
    await (await PostgresOwner.start(places, { dataDir })).stop();
    const refused = PostgresOwner.start(places, { dataDir }, user);
    await expect(refused).rejects.toThrow(/belongs to another user \(65534\)/);
  });

  it('a data folder without write permission is refused with a clear message', async () => {
    const { code, text } = await Quickstart.launch(places, { DATA_DIR: await places.folder() }, user).end();
    expect(code).toBe(1);
    expect(text).toMatch(/^Cannot start\nDATA_DIR: .* cannot be used: .*EACCES[^\n]*$/);
  });

  it('a lock file left by a power loss does not prevent a start, even if its process number is in use again', async () => {
    const dataDir = await theirFolder();
    await (await PostgresOwner.start(places, { dataDir }, user)).stop();
    const otherProcess: ChildProcess = places.watched(spawn('sleep', ['600'], { ...SOMEBODY, cwd: '/' }));
    const lock = join(dataDir, 'postgres/postmaster.pid');
    const lines = [otherProcess.pid, join(dataDir, 'postgres'), 1, 5432, '/tmp/mpp-postgres-gone', '', ' 1 1', 'ready'];
    await writeFile(lock, `${lines.join('\n')}\n`);
    await chown(lock, SOMEBODY.uid, SOMEBODY.gid);

    const postgres = await PostgresOwner.start(places, { dataDir }, user);
    expect(otherProcess.exitCode ?? otherProcess.signalCode).toBe(null);
    await postgres.stop();
  });

  it('the data stays the user’s when root starts on it, and the user can start again afterwards', async () => {
    const dataDir = await theirFolder();
    const theirs = await PostgresOwner.start(places, { dataDir }, user);
    await theirs.query('CREATE TABLE theirs AS SELECT 1 AS run');
    await theirs.stop();

    const ours = await PostgresOwner.start(places, { dataDir });
    expect(await ours.query('SELECT run FROM theirs')).toEqual([{ run: 1 }]);
    await ours.stop();

    const again = await PostgresOwner.start(places, { dataDir }, user);
    expect(await again.query('SELECT run FROM theirs')).toEqual([{ run: 1 }]);
    await again.stop();
  });
});
