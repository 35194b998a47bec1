import { access, chmod, chown, lstat, mkdir, readdir, readlink, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Places } from '../quickstart/places.js';
import { PostgresOwner } from '../quickstart/postgres-owner.js';
import { Quickstart } from '../quickstart/quickstart-process.js';
import { until } from '../support/until.js';
import { projectInClosedHome } from './closed-home.js';

/** The user `daemon` of every Unix. */
const SOMEBODY = { uid: 1, gid: 1 };
const NOBODY = 65_534;
const OUTSIDE = '/var/lib/mpp-server-kaspi-qr';
const places = new Places();
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('As root', () => {
  it('PostgreSQL runs as the user nobody, who owns its files in the data folder', async () => {
    const dataDir = await places.folder();
    const postgres = await PostgresOwner.start(places, { dataDir });
    expect(await stat(join(dataDir, 'postgres'))).toMatchObject({ uid: NOBODY });
    expect((await lstat(join(dataDir, 'postgres'))).isDirectory()).toBe(true);
    expect(await stat(postgres.socketFolder)).toMatchObject({ uid: NOBODY });
    expect(await stat(dataDir)).toMatchObject({ uid: 0 });
    await postgres.stop();
  });
});

describe('As root, in a home that only root can enter', () => {
  let home: string;
  let dist: string;
  let dataDir: string;
  let outside: string;
  beforeAll(async () => {
    home = await places.folder();
    dist = await projectInClosedHome(home);
    dataDir = join(home, 'project', 'data');
    outside = join(await places.folder(), 'mpp-server-kaspi-qr');
  });
  const start = () => PostgresOwner.start(places, { dataDir, outside }, { dist });
  const clusters = () => readdir(join(outside, 'clusters'));

  it('PostgreSQL’s programs and data are kept outside, and the home stays closed', async () => {
    const postgres = await start();
    await postgres.query('CREATE TABLE kept AS SELECT 1 AS run');
    const [name = ''] = await clusters();
    expect(name).toMatch(/^[0-9a-f]{32}$/);
    expect(await readlink(join(dataDir, 'postgres'))).toBe(join(outside, 'clusters', name));
    expect(postgres.path).toBe(join(outside, 'clusters', name));
    expect(await readdir(join(outside, 'native'))).toEqual([expect.stringMatching(/^linux-.*-18\./)]);
    expect(await modeOf(home)).toBe(0o700);
    // The folder's name is not readable, and the folder cannot be entered.
    expect(await modeOf(join(outside, 'clusters'))).toBe(0o711);
    expect(await modeOf(postgres.path)).toBe(0o700);
    await postgres.stop();
  });

  it('the data is there after a restart', async () => {
    const postgres = await start();
    expect(await postgres.query('SELECT run FROM kept')).toEqual([{ run: 1 }]);
    expect(await clusters()).toHaveLength(1);
    await postgres.stop();
  });

  it('a start that is killed while it creates the data folder leaves nothing that the next start would use', async () => {
    await rm(dataDir, { recursive: true });
    const before = await clusters();
    const killed = PostgresOwner.launch(places, { dataDir, outside }, { dist });
    await until('a second cluster', clusters, (names) => names.length > before.length);
    killed.kill('SIGKILL');
    await (await start()).stop();
    expect(await clusters()).toHaveLength(before.length + 1);
  });

  it('removing the data folder removes the data', async () => {
    await rm(dataDir, { recursive: true });
    const postgres = await start();
    expect(await postgres.query(`SELECT to_regclass('kept') AS kept`)).toEqual([{ kept: null }]);
    await postgres.stop();
  });

  it('a data folder whose external files are gone does not count as empty', async () => {
    await rm(join(outside, 'clusters'), { recursive: true });
    await expect(start()).rejects.toThrow(/^The data is missing: .*postgres is a link to .*clusters/);
  });

  it('an external folder that others can write to is refused', async () => {
    const unsafe = join(await places.folder(), 'outside');
    await mkdir(unsafe);
    await chown(unsafe, SOMEBODY.uid, SOMEBODY.gid);
    const refused = PostgresOwner.start(places, { dataDir: join(home, 'other'), outside: unsafe }, { dist });
    await expect(refused).rejects.toThrow('is not a folder that belongs to root alone');
  });

  it('a data folder that was closed after its first start is refused with a clear message', async () => {
    const parent = await places.folder();
    const inside = { dataDir: join(parent, 'data'), outside };
    await (await PostgresOwner.start(places, inside, { dist })).stop();
    await chmod(parent, 0o700);
    await expect(PostgresOwner.start(places, inside, { dist })).rejects.toThrow(/cannot enter .* any more/);
  });

  it('the whole first run works there', async () => {
    const wasThere = await access(OUTSIDE).then(
      () => true,
      () => false,
    );
    const quickstart = await Quickstart.start(places, { DATA_DIR: join(home, 'first-run') }, { dist });
    expect(quickstart.text).toContain('Customer 900900000001 has 100000.00 KZT');
    expect(quickstart.where('PostgreSQL’s files')).toContain(`${OUTSIDE}/clusters/`);
    const [files = ''] = quickstart.where('PostgreSQL’s files').split(' ');
    expect((await quickstart.end('SIGTERM')).code).toBe(0);
    await rm(wasThere ? files : OUTSIDE, { recursive: true });
  });
});
