import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { QUIET } from '../../../test/support/mpp.js';
import { until } from '../../../test/support/until.js';
import { Metrics } from '../metrics/metrics.js';
import { PlatformModule } from '../platform.module.js';
import { Database } from './database.js';
import { ReportDatabase } from './report-database.js';

describe('the database of reports', () => {
  let test: TestDatabase;
  let app: INestApplicationContext;
  let database: Database;
  let reports: ReportDatabase;

  beforeAll(async () => {
    test = await createDatabase();
    const settings = Settings.read({
      ...QUIET,
      DATABASE_URL: test.url,
      DATABASE_POOL_SIZE: '2',
      DATABASE_REPORT_POOL_SIZE: '3',
      DOWNLOADS_AT_ONCE: '1',
      DATABASE_TIMEOUT_MS: '43210',
      KASPI_BASE_URL: 'http://127.0.0.1:9',
    });
    const root = { module: class Root {}, imports: [PlatformModule.with({ settings })] };
    app = await NestFactory.createApplicationContext(root, { logger: false });
    database = app.get(Database);
    reports = app.get(ReportDatabase);
  });

  afterAll(async () => {
    await app.close();
    await test.drop();
  });

  const used = async () =>
    (await app.get(Metrics).text()).split('\n').filter((line) => /^mpp_pool_(used|waiting)\{/.test(line));
  const running = (query: string) =>
    test.query('select 1 from pg_stat_activity where query = $1 and application_name = $2 and state = $3', [
      query,
      'mpp-server reports',
      'active',
    ]);

  it('has connections of its own: when all of them are busy, a payment finds its connections free', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const busy = Array.from({ length: 3 }, () => reports.snapshot(() => released));
    const waiting = reports.query<{ answer: number }[]>('select 1 as answer');
    await until('all are busy', used, (lines) => lines.includes('mpp_pool_used{pool="reports"} 3'));
    expect(await used()).toEqual([
      'mpp_pool_used{pool="payments"} 0',
      'mpp_pool_used{pool="reports"} 3',
      'mpp_pool_waiting{pool="payments"} 0',
      'mpp_pool_waiting{pool="reports"} 1',
    ]);
    expect(await database.transaction((tx) => tx.query('select 1 as answer'))).toEqual([{ answer: 1 }]);
    release();
    await Promise.all(busy);
    expect(await waiting).toEqual([{ answer: 1 }]);
  });

  it('has the limits of all connections, except in a snapshot', async () => {
    const limits = `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
      current_setting('client_connection_check_interval') as check`;
    expect(await reports.query(limits)).toEqual([{ statement: '43210ms', lock: '10s', check: '0' }]);
    expect(await reports.snapshot((snapshot) => snapshot.query(limits))).toEqual([
      { statement: '0', lock: '10s', check: '2s' },
    ]);
    expect(await reports.query(limits)).toEqual([{ statement: '43210ms', lock: '10s', check: '0' }]);
  });

  it('ends a statement in the database when its snapshot is abandoned, and throws the reason', async () => {
    const statement = "select pg_sleep(600), 'abandoned'";
    const client = new AbortController();
    const work = reports.snapshot((snapshot) => snapshot.query(statement), client.signal);
    const outcome = expect(work).rejects.toThrow('the client is gone');
    await until(
      'the statement runs',
      () => running(statement),
      (found) => found.length === 1,
    );
    client.abort(new Error('the client is gone'));
    await outcome;
    await until(
      'the statement has ended',
      () => running(statement),
      (found) => found.length === 0,
    );
    expect(await used()).toContain('mpp_pool_used{pool="reports"} 0');
    expect(await reports.snapshot((snapshot) => snapshot.query('select 1 as answer'))).toEqual([{ answer: 1 }]);
  });

  it('begins no snapshot for a client that is gone already', async () => {
    const work = reports.snapshot(() => Promise.reject(new Error('begun')), AbortSignal.abort(new Error('gone')));
    await expect(work).rejects.toThrow('gone');
  });
});
