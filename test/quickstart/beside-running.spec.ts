import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { Mpp } from '../support/mpp.js';
import { until } from '../support/until.js';
import { BuiltProject } from './built-project.js';
import { Places } from './places.js';
import { Quickstart } from './quickstart-process.js';

const places = new Places();
/** A module that a server loads only when it reads a workbook, in a thread of its own, and those that import it. */
const LAZY = ['archive', 'sheet-xml', 'workbook', 'xlsx-rows', 'xlsx-rows.worker', 'xml', 'index'];
/** Each server's payments leave time for the others. */
const PACE_MS = 100;

/** A started server whose customers pay all the time. */
class LoadedServer {
  readonly mpp: Mpp;
  paid = 0;
  private readonly shop: string;
  private stopping = false;
  private failed: unknown = null;
  private readonly load: Promise<void>;

  constructor(readonly process: Quickstart) {
    this.mpp = new Mpp(process.where('Mobile API').replace('/v1', ''));
    this.shop = process.where('Kaspi Pay simulator');
    this.load = this.pay();
    this.load.catch((error: unknown) => {
      this.failed = error;
    });
  }

  private async pay(): Promise<void> {
    const customer = await this.mpp.customer('100000.00');
    while (!this.stopping) {
      const qr = await new Mpp(this.shop).call<{ qrCode: string }>('POST', '/pos/qr', {
        body: { type: 'Dynamic', amount: '1.00' },
      });
      const scan = await customer.scan(qr.body.qrCode);
      const { status, body } = await customer.confirm(scan.body.payment.id);
      expect([scan.status, status]).toEqual([201, 200]);
      // On a busy machine, Kaspi's answer may come after the server's.
      expect(['CONFIRMED', 'PROCESSING']).toContain(body.status);
      this.paid += 1;
      await pause(PACE_MS);
    }
  }

  /** Resolves after the next payments. */
  async pays(): Promise<void> {
    const before = this.paid;
    const paid = () => {
      if (this.failed !== null) throw this.failed;
      return this.paid;
    };
    await until('three more payments', paid, (now) => now >= before + 3);
  }

  /** What this server says about a file that is no workbook; only its own files decide about it. */
  async failureOfNoWorkbook(): Promise<unknown> {
    // The same content would be the same registry.
    const { body } = await this.mpp.upload(Buffer.from(`no workbook ${Math.random()}`));
    const token = await this.mpp.teamToken('accounting');
    const registry = () => this.mpp.call('GET', `/ops/v1/registries/${body.id}`, { token });
    return (await until('the registry is read', registry, (read) => read.body.status === 'FAILED')).body.failure;
  }

  /** Ends the load, with every request answered, and then the server. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.load;
    const { code, text } = await this.process.end('SIGTERM');
    expect(code).toBe(0);
    expect(text).not.toMatch(/Cannot find module|ERR_MODULE_NOT_FOUND|ENOENT/);
  }
}

describe('Three servers of one folder, under load', () => {
  let project: BuiltProject;
  const databases: TestDatabase[] = [];
  const starts: Record<string, string>[] = [];

  beforeAll(async () => {
    project = await BuiltProject.copy(places, 'apps', 'libs', 'config');
    databases.push(await createDatabase(), await createDatabase());
    // The first with everything that `npm start` brings along.
    for (const database of [undefined, ...databases]) {
      const DATA_DIR = join(await places.folder(), 'data');
      starts.push({ DATA_DIR, ...(database && { DATABASE_URL: database.url }) });
    }
  });
  afterAll(async () => {
    for (const database of databases) await database.drop();
  });

  const start = async (number: number) =>
    new LoadedServer(await Quickstart.start(places, starts[number] ?? {}, { project: project.folder }));

  /** As a `git pull` does: another answer, and a module that is called otherwise. */
  async function changeSources(): Promise<void> {
    const path = (name: string) => project.path(`libs/spreadsheet/${name}.ts`);
    await rename(path('unreadable-workbook'), path('workbook-error'));
    for (const name of LAZY) {
      const source = await readFile(path(name), 'utf8');
      const changed = source
        .replace('./unreadable-workbook.', './workbook-error.')
        .replace(`('NOT_XLSX', 'not an archive')`, `('BROKEN', 'not an archive')`);
      expect(changed).not.toBe(source);
      await writeFile(path(name), changed);
    }
  }

  it('each keep their version until they end, while others are built, started, restarted and stopped', async () => {
    const first = await start(0);
    const built = await project.builds();
    const second = await start(1);
    expect(await project.builds()).toEqual(built);
    await changeSources();
    const third = await start(2);
    expect(await project.builds()).toHaveLength(2);
    for (const each of [first, second, third]) await each.pays();
    expect(await first.failureOfNoWorkbook()).toBe('NOT_XLSX');
    expect(await second.failureOfNoWorkbook()).toBe('NOT_XLSX');
    expect(await third.failureOfNoWorkbook()).toBe('BROKEN');

    await second.stop();
    const restarted = await start(1);
    expect(await restarted.failureOfNoWorkbook()).toBe('BROKEN');
    await third.stop();
    for (const each of [first, restarted]) await each.pays();
    expect(await first.failureOfNoWorkbook()).toBe('NOT_XLSX');
    await first.stop();
    await restarted.pays();
    await restarted.stop();
    expect(await project.builds()).toHaveLength(2);
  });
});
