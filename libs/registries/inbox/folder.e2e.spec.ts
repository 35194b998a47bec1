import { appendFile, mkdir, mkdtemp, open, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SettingsError } from '@mpp/config';
import { RegistryFolder, RegistryIntake } from '@mpp/registries';
import { startTestServer } from '../../../test/support/mpp.js';
import { registryFile } from '../../../test/support/registry-files.js';
import { type RegistryBody, RegistryFixture } from '../../../test/support/registry-fixture.js';
import { isRegistryName } from './folder.js';

const MAX_BYTES = 20_000;
let amount = 0n;
/** A registry that no other test has. */
const content = () => registryFile('DAILY', [{ at: new Date('2025-01-14T07:00:00Z'), amount: ++amount }]);

describe('the folder of registries', () => {
  let folder: string;
  let fixture: RegistryFixture;
  let inbox: RegistryFolder;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpp-inbox-'));
    fixture = await RegistryFixture.start({ REGISTRY_INBOX_DIR: folder, REGISTRY_MAX_BYTES: String(MAX_BYTES) });
    inbox = fixture.server.app.get(RegistryFolder, { strict: false });
  });

  afterAll(async () => {
    await fixture.stop();
    await rm(folder, { recursive: true });
  });

  beforeEach(async () => {
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
    for (const name of ['done', 'refused']) await mkdir(join(folder, name));
  });

  const put = async (name: string, bytes?: Uint8Array) => writeFile(join(folder, name), bytes ?? (await content()));
  /** Where files lie, without the two folders themselves. */
  const lies = async () =>
    (await readdir(folder, { recursive: true })).filter((name) => !['done', 'refused'].includes(name)).toSorted();
  const lookTwice = async () => (await inbox.pollFolder()) + (await inbox.pollFolder());
  const received = async (name: string) => {
    const { items } = (await fixture.get<{ items: RegistryBody[] }>('registries?limit=200')).body;
    return items.filter((registry) => registry.name === name);
  };
  const alerts = async () => {
    const { body } = await fixture.get<{ items: { subject: string; details: object }[] }>(
      'alerts?kind=REGISTRY_FILE_REFUSED',
      'support',
    );
    return body.items;
  };

  it('has its workbooks received and moved to done/', async () => {
    await put('Реестр за 14.01.xlsx');
    expect(await lookTwice()).toBe(1);
    expect(await lies()).toEqual(['done/Реестр за 14.01.xlsx']);
    expect(await received('Реестр за 14.01.xlsx')).toMatchObject([{ source: 'FOLDER', receivedFrom: null }]);
    await fixture.processing.drainOnce();
    expect(await received('Реестр за 14.01.xlsx')).toMatchObject([{ status: 'RECONCILED' }]);
  });

  it('does not deliver a file that is still being written', async () => {
    await put('growing.xlsx', Buffer.from('a half'));
    expect(await inbox.pollFolder()).toBe(0);
    await appendFile(join(folder, 'growing.xlsx'), ' and another');
    expect(await inbox.pollFolder()).toBe(0);
    expect(await lies()).toEqual(['growing.xlsx']);
    expect(await inbox.pollFolder()).toBe(1);
    expect(await received('growing.xlsx')).toMatchObject([{ size: 'a half and another'.length }]);
  });

  it('delivers only workbooks: no lock files, partial files, folders or links to other places', async () => {
    const elsewhere = join(folder, 'done', 'elsewhere.xlsx');
    await writeFile(elsewhere, await content());
    await symlink(elsewhere, join(folder, 'link.xlsx'));
    await mkdir(join(folder, 'folder.xlsx'));
    const left = ['.hidden.xlsx', 'registry.xlsx.part', 'registry.xls', '~$registry.xlsx'];
    for (const name of left) await put(name);
    expect(await lookTwice()).toBe(0);
    expect(await lies()).toEqual([...left, 'done/elsewhere.xlsx', 'folder.xlsx', 'link.xlsx'].toSorted());
    expect(isRegistryName('R.XLSX')).toBe(true);
  });

  it('keeps both files if a second one has the same name', async () => {
    await put('registry.xlsx');
    await lookTwice();
    await put('registry.xlsx');
    await lookTwice();
    const [second] = await received('registry.xlsx');
    expect(await lies()).toEqual(['done/registry.xlsx', `done/registry.${second?.id}.xlsx`].toSorted());
  });

  it('moves files that were received before the process died', async () => {
    await put('died.xlsx');
    await fixture.server.app
      .get(RegistryIntake, { strict: false })
      .receiveFile({ name: 'died.xlsx', path: join(folder, 'died.xlsx'), source: 'FOLDER', from: null });
    expect(await lookTwice()).toBe(1);
    expect(await lies()).toEqual(['done/died.xlsx']);
    expect(await received('died.xlsx')).toHaveLength(1);
  });

  it('moves a file that is too large to refused/, and logs it once', async () => {
    await put('large.xlsx', Buffer.alloc(MAX_BYTES + 1));
    await put('just-so.xlsx', Buffer.alloc(MAX_BYTES));
    expect(await lookTwice()).toBe(1);
    expect(await lies()).toEqual(['done/just-so.xlsx', 'refused/large.xlsx']);
    expect(await alerts()).toEqual([
      expect.objectContaining({
        subject: expect.stringMatching(/^large\.xlsx \d{4}-\d\d-\d\dT/),
        details: { reason: 'TOO_LARGE', size: MAX_BYTES + 1 },
      }),
    ]);
    await lookTwice();
    expect(await alerts()).toHaveLength(1);
  });

  it('does not deliver a workbook whose upload pauses: it is read when it is whole', async () => {
    const bytes = await content();
    await put('slow.xlsx', bytes.subarray(0, bytes.length / 2));
    expect(await lookTwice()).toBe(0);
    expect(await lies()).toEqual(['slow.xlsx']);
    await appendFile(join(folder, 'slow.xlsx'), bytes.subarray(bytes.length / 2));
    expect(await lookTwice()).toBe(1);
    expect(await received('slow.xlsx')).toMatchObject([{ size: bytes.length }]);
  });

  it('delivers the half of a workbook whose upload ended an hour ago, which is then FAILED', async () => {
    const bytes = await content();
    await put('half.xlsx', bytes.subarray(0, bytes.length / 2));
    const anHourAgo = new Date(fixture.clock.now().getTime() - 3_600_000);
    await utimes(join(folder, 'half.xlsx'), anHourAgo, anHourAgo);
    expect(await lookTwice()).toBe(1);
    await fixture.processing.drainOnce();
    expect(await received('half.xlsx')).toMatchObject([{ status: 'FAILED', failure: 'BROKEN' }]);
  });

  it('looks again at a file that is written after it was moved', async () => {
    await put('late.xlsx', Buffer.from('the beginning'));
    const writer = await open(join(folder, 'late.xlsx'), 'a');
    expect(await lookTwice()).toBe(1);
    await writer.appendFile(' and the end');
    await writer.close();
    expect(await lookTwice()).toBe(1);
    expect((await received('late.xlsx')).map(({ size }) => size).toSorted()).toEqual([13, 25]);
    expect(await lookTwice()).toBe(0);
    expect(await lies()).toEqual(['done/late.xlsx']);
  });

  it('keeps two files with the same name of 255 bytes, and takes those behind them', async () => {
    const long = `${'ж'.repeat(125)}.xlsx`;
    expect(Buffer.byteLength(long)).toBe(255);
    for (let times = 0; times < 2; times++) {
      await put(long);
      await put(`я-behind-${times}.xlsx`);
      expect(await lookTwice()).toBe(2);
    }
    const done = (await lies()).map((name) => name.replace('done/', ''));
    expect(done).toHaveLength(4);
    for (const name of done) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
  });

  it('takes the files behind one that cannot be moved, which is alerted and tried again', async () => {
    await put('stuck.xlsx');
    await put('then.xlsx');
    await rm(join(folder, 'done'), { recursive: true });
    await writeFile(join(folder, 'done'), 'a file in place of the folder');
    expect(await lookTwice()).toBe(0);
    expect((await received('then.xlsx')).concat(await received('stuck.xlsx'))).toHaveLength(2);
    const stuck = (await alerts()).filter(({ subject }) => /^(stuck|then)/.test(subject));
    expect(stuck.map(({ details }) => (details as { reason: string }).reason)).toEqual(['NOT_TAKEN', 'NOT_TAKEN']);
    await rm(join(folder, 'done'));
    await mkdir(join(folder, 'done'));
    expect(await lookTwice()).toBe(2);
    expect(await lies()).toEqual(['done/stuck.xlsx', 'done/then.xlsx']);
    expect(await received('stuck.xlsx')).toHaveLength(1);
  });

  it('may be read by two processes at once: each file becomes one registry', async () => {
    const env = { DATABASE_URL: fixture.database.url, REGISTRY_INBOX_DIR: folder };
    const other = await RegistryFixture.start(env);
    try {
      const names = Array.from({ length: 20 }, (_, n) => `two-${n}.xlsx`);
      for (const name of names) await put(name);
      const both = [inbox, other.server.app.get(RegistryFolder, { strict: false })];
      await Promise.all(both.map((one) => one.pollFolder()));
      await Promise.all(both.map((one) => one.pollFolder()));
      expect(await lies()).toEqual(names.map((name) => `done/${name}`).toSorted());
      for (const name of names) expect(await received(name)).toHaveLength(1);
    } finally {
      await other.stop();
    }
  });

  it.each([
    ['is not there', (place: string) => join(place, 'nowhere')],
    ['is a file', (place: string) => join(place, 'file.xlsx')],
  ])('stops the start with the name of its setting if it %s', async (_, where) => {
    await put('file.xlsx');
    const env = { DATABASE_URL: fixture.database.url, KASPI_BASE_URL: fixture.kaspi.url };
    const start = startTestServer({ ...env, REGISTRY_INBOX_DIR: where(folder) });
    await expect(start).rejects.toThrow(/^REGISTRY_INBOX_DIR: cannot be used: /);
    await expect(start).rejects.toBeInstanceOf(SettingsError);
  });
});
