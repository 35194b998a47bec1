import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Settings } from '@mpp/config';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { QUIET } from '../../../test/support/mpp.js';
import { TestClock } from '../../../test/support/test-clock.js';
import type { BackgroundWork } from '../background-work/background-work.js';
import { Database } from '../database/database.js';
import { PlatformModule } from '../platform.module.js';
import { PartitionKeeper } from './partitions.js';

const NO_BACKGROUND_WORK = { register: () => undefined } as unknown as BackgroundWork;

describe('the monthly tables', () => {
  let database: TestDatabase;
  let app: INestApplicationContext;
  let tables: string[];

  beforeAll(async () => {
    database = await createDatabase();
    const settings = Settings.read({ ...QUIET, DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9' });
    const clock = new TestClock(new Date('2026-03-10T06:00:00Z'));
    const root = {
      module: class Root {},
      imports: [PlatformModule.with({ settings, clock, databaseClock: clock.ofDatabase })],
    };
    app = await NestFactory.createApplicationContext(root, { logger: false });
    const rows = await database.query<{ name: string }>('select name from platform_monthly_tables order by name');
    tables = rows.map(({ name }) => name);
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const prepare = (at: string) =>
    new PartitionKeeper(app.get(Database), new TestClock(new Date(at)), NO_BACKGROUND_WORK).prepareMonths();

  /** The months of each table that has some in this year, in order: `2026_03`. */
  async function months(...years: number[]): Promise<Record<string, string[]>> {
    const rows = await database.query<{ parent: string; month: string }>(
      `select inhparent::regclass::text as parent, right(inhrelid::regclass::text, 7) as month
       from pg_inherits where inhparent = any(select name::regclass from platform_monthly_tables) order by 1, 2`,
    );
    const found = rows.filter(({ month }) => years.some((year) => month.startsWith(`${year}_`)));
    return Object.fromEntries(
      tables.map((table) => [table, found.filter(({ parent }) => parent === table).map(({ month }) => month)]),
    );
  }

  const allHave = (...expected: string[]) => Object.fromEntries(tables.map((table) => [table, expected]));

  /** Where a call to the PS that begins at this moment is written down. */
  async function partitionOf(at: string): Promise<string | undefined> {
    const id = randomUUID();
    await database.query("select kaspi_call_begin($1, 1, 'scan', null, '{}', $2)", [id, at]);
    const rows = await database.query<{ name: string }>(
      'select tableoid::regclass::text as name from kaspi_calls where request_id = $1',
      [id],
    );
    return rows[0]?.name;
  }

  it('include the calls to the PS, the done messages of the outbox and the histories of payments', () => {
    expect(tables).toEqual(expect.arrayContaining(['kaspi_calls', 'outbox_done', 'qr_payment_history']));
  });

  it('have partitions for this month and the next two when a process has started', async () => {
    expect(await months(2026)).toEqual(allHave('2026_03', '2026_04', '2026_05'));
  });

  it('have them across the end of a year, each for one month in UTC', async () => {
    await prepare('2026-12-31T23:59:59.999Z');
    expect(await months(2027)).toEqual(allHave('2027_01', '2027_02'));
    expect(await partitionOf('2026-12-31T23:59:59.999Z')).toBe('kaspi_calls_2026_12');
    expect(await partitionOf('2027-01-01T00:00:00.000Z')).toBe('kaspi_calls_2027_01');
    expect(await partitionOf('2027-02-28T23:59:59.999Z')).toBe('kaspi_calls_2027_02');
    expect(await partitionOf('2027-03-01T00:00:00.000Z')).toBe('kaspi_calls_default');
  });

  it('are not changed by a second preparation in the same month, and get one partition more a month later', async () => {
    const partitions = () => database.query('select inhparent, inhrelid from pg_inherits order by 1, 2');
    await prepare('2028-06-01T00:00:00Z');
    const before = await partitions();
    await prepare('2028-06-30T23:00:00Z');
    expect(await partitions()).toEqual(before);
    await prepare('2028-07-01T00:00:00Z');
    expect(await months(2028)).toEqual(allHave('2028_06', '2028_07', '2028_08', '2028_09'));
    expect(await partitions()).toEqual(expect.arrayContaining(before));
  });

  it('can be prepared by two processes at once', async () => {
    const complaints = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    await Promise.all([prepare('2029-01-15T00:00:00Z'), prepare('2029-01-15T00:00:00Z')]);
    expect(complaints).not.toHaveBeenCalled();
    expect(await months(2029)).toEqual(allHave('2029_01', '2029_02', '2029_03'));
  });

  it('keep a month in the default partition if that has rows of the month, and accept further rows', async () => {
    const complaints = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    expect(await partitionOf('2030-06-15T12:00:00Z')).toBe('kaspi_calls_default');
    await prepare('2030-06-20T00:00:00Z');
    const found = await months(2030);
    expect(found).toEqual({ ...allHave('2030_06', '2030_07', '2030_08'), kaspi_calls: ['2030_07', '2030_08'] });
    expect(await partitionOf('2030-06-20T12:00:00Z')).toBe('kaspi_calls_default');
    expect(await partitionOf('2030-07-01T00:00:00Z')).toBe('kaspi_calls_2030_07');
    expect(await database.query("select to_regclass('kaspi_calls_2030_06') as left_over")).toEqual([
      { left_over: null },
    ]);
    expect(complaints).not.toHaveBeenCalled();
  });

  it('are prepared except one that a long read locks, which is reported and prepared later', async () => {
    const complaints = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const [held = ''] = tables;
    const reader = await database.connect();
    try {
      await reader.query('begin');
      await reader.query(`select * from ${held}`);
      await prepare('2031-01-01T00:00:00Z');
      expect(await months(2031)).toEqual({ ...allHave('2031_01', '2031_02', '2031_03'), [held]: [] });
      expect(complaints.mock.calls).toEqual([[expect.stringMatching(new RegExp(`^${held} .*lock timeout`))]]);
    } finally {
      await reader.end();
    }
    await prepare('2031-01-02T00:00:00Z');
    expect(await months(2031)).toEqual(allHave('2031_01', '2031_02', '2031_03'));
    expect(complaints).toHaveBeenCalledTimes(1);
  });
});
