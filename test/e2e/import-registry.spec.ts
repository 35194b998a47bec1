import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROGRAM_ENV } from '../support/program-env.js';
import { registryFile, type WrittenRow } from '../support/registry-files.js';
import { RegistryFixture } from '../support/registry-fixture.js';
import { until } from '../support/until.js';

const IMPORT = path.join(import.meta.dirname, '../../dist/apps/mpp-server/import-registry.js');

describe('npm run registry:import', () => {
  let fixture: RegistryFixture;
  let folder: string;
  /** A registry that agrees with the books. */
  let sound: string;
  let rows: WrittenRow[];

  beforeAll(async () => {
    fixture = await RegistryFixture.start();
    folder = await mkdtemp(path.join(tmpdir(), 'mpp-import-'));
    rows = [];
    for (let minute = 10; minute < 30; minute++) {
      const payment = await fixture.books.payment({ at: new Date(`2025-01-14T12:${minute}:00+05:00`), amount: 1000n });
      const { id, kaspiOperationId, customerId, amount, at, mcc } = payment;
      rows.push({ mppPaymentId: id, kaspiOperationId, customerId, amount, at, mcc });
    }
    sound = await put('Реестр за 14.01.xlsx', await registryFile('DAILY', rows));
  });

  afterAll(async () => {
    await fixture.stop();
    await rm(folder, { recursive: true });
  });

  async function put(name: string, content: Uint8Array | string): Promise<string> {
    const file = path.join(folder, name);
    await writeFile(file, content);
    return file;
  }

  /** The command as a process of its own; it gets only the server's database. */
  function run(files: string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, ['--enable-source-maps', IMPORT, ...files], {
      env: { ...PROGRAM_ENV, DATABASE_URL: fixture.database.url, ...env },
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes) => {
        text += bytes;
      });
    }
    const ended = new Promise<{ code: number | null; lines: string[] }>((resolve) => {
      child.once('close', (code) => resolve({ code, lines: text.trimEnd().split('\n') }));
    });
    return { ended, output: () => text };
  }

  it('imports a registry, shows the progress, and reports that it agrees: 0', async () => {
    const { code, lines } = await run([sound]).ended;
    const [first = '', ...rest] = lines;
    expect(first).toMatch(/^Реестр за 14\.01\.xlsx is registry [0-9a-f-]{36}$/);
    expect(rest).toEqual([
      '100 % 20 of 20 rows',
      'RECONCILED: DAILY, 2025-01-14 to 2025-01-14',
      'rows: 20, matched: 20',
      'differences: 0, open: 0',
    ]);
    expect(code).toBe(0);
    const id = first.split(' ').at(-1) ?? '';
    expect(await fixture.registry(id)).toMatchObject({ name: 'Реестр за 14.01.xlsx', source: 'COMMAND', matched: 20 });
  });

  it('reports the same file under another name as the same registry', async () => {
    const copy = await put('again.xlsx', await readFile(sound));
    const { code, lines } = await run([copy]).ended;
    expect(lines[0]).toMatch(/^again\.xlsx is known as registry [0-9a-f-]{36}$/);
    expect(lines.slice(1)).toEqual([
      'RECONCILED: DAILY, 2025-01-14 to 2025-01-14',
      'rows: 20, matched: 20',
      'differences: 0, open: 0',
    ]);
    expect(code).toBe(0);
  });

  it('finds a file from the folder in which npm was called', async () => {
    const called = { npm_lifecycle_event: 'registry:import', INIT_CWD: folder };
    const { code, lines } = await run([path.basename(sound)], called).ended;
    expect(lines[0]).toMatch(/^Реестр за 14\.01\.xlsx is known as registry /);
    expect(code).toBe(0);
  });

  it('reports the discrepancies by kind: 1', async () => {
    const [first, ...others] = rows as [WrittenRow];
    const content = await registryFile('DAILY', [{ ...first, amount: 7n }, ...others], { amount: 1n });
    const { code, lines } = await run([await put('other.xlsx', content), sound]).ended;
    expect(lines).toContain('  AMOUNT_MISMATCH: 1, open: 1');
    expect(lines).toContain('  TOTAL_MISMATCH: 1, open: 1');
    expect(lines).toContain('differences: 0, open: 0');
    expect(code).toBe(1);
  });

  it('reports why a file is no registry, continues with the others, and ends with 2', async () => {
    const files = [await put('letter.xlsx', 'Добрый день'), path.join(folder, 'nowhere.xlsx'), sound];
    const { code, lines } = await run(files).ended;
    expect(lines[1]).toBe('FAILED: NOT_XLSX');
    expect(lines[2]).toMatch(/^nowhere\.xlsx cannot be read: ENOENT/);
    expect(lines.at(-1)).toBe('differences: 0, open: 0');
    expect(code).toBe(2);
  });

  it('refuses a file that is larger than REGISTRY_MAX_BYTES', async () => {
    const large = await put('large.xlsx', Buffer.alloc(2000));
    const { code, lines } = await run([large], { REGISTRY_MAX_BYTES: '1999' }).ended;
    expect(lines).toEqual(['large.xlsx cannot be read: it has 2000 bytes, and REGISTRY_MAX_BYTES is 1999']);
    expect(code).toBe(2);
  });

  /** No longer than a lease is. */
  const LEASE_MS = 120_000;

  it('waits while another process reads the registry, and takes it over from a process that has died', async () => {
    const content = await registryFile('DAILY', rows, { amount: 3n });
    const { body } = await fixture.server.mpp.upload(content);
    const lease = (until: Date) =>
      fixture.database.query('update registries set lease = gen_random_uuid(), leased_until = $2 where id = $1', [
        body.id,
        until,
      ]);
    const leased = () => lease(new Date(Date.now() + LEASE_MS));
    await leased();
    const { ended, output } = run([await put('taken.xlsx', content)]);
    // The other process is alive for as long as it takes.
    const outputMeanwhile = () => leased().then(output);
    await until('it waits', outputMeanwhile, (text) => text.includes('another process reads it: waiting'));
    await lease(new Date(Date.now() - 1));
    const { code, lines } = await ended;
    expect(lines).toContain('  TOTAL_MISMATCH: 1, open: 1');
    expect(code).toBe(1);
  });

  it.each([
    ['without a file', [], {}, /^usage: npm run registry:import FILE/],
    ['without a database', ['x.xlsx'], { DATABASE_URL: '' }, /^DATABASE_URL: is required$/],
    ['with an option that there is not', ['--faster'], {}, /--faster/],
  ])('%s ends with 2 and reports the fault', async (_, files, env, message) => {
    const { code, lines } = await run(files, env).ended;
    expect(lines[0]).toMatch(message);
    expect(code).toBe(2);
  });
});
