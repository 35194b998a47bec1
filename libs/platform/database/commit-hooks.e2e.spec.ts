import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Settings } from '@mpp/config';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { QUIET } from '../../../test/support/mpp.js';
import { PlatformModule } from '../platform.module.js';
import { Database, type Write } from './database.js';
import { ReportDatabase } from './report-database.js';

describe.each(['transaction', 'statement', 'longTransaction'] as const)('a %s', (kind) => {
  let test: TestDatabase;
  let app: INestApplicationContext;
  let pool: Database | ReportDatabase;
  let seen: string[];

  beforeAll(async () => {
    test = await createDatabase({ applicationRole: false });
    await test.query('create table jars (name text primary key)');
    const settings = Settings.read({ ...QUIET, DATABASE_URL: test.url, KASPI_BASE_URL: 'http://127.0.0.1:9' });
    const root = { module: class Root {}, imports: [PlatformModule.with({ settings })] };
    app = await NestFactory.createApplicationContext(root, { logger: false });
    pool = app.get<Database | ReportDatabase>(kind === 'longTransaction' ? ReportDatabase : Database);
  });

  afterAll(async () => {
    await app.close();
    await test.drop();
  });

  beforeEach(async () => {
    seen = [];
    await test.query('truncate jars');
  });

  const run = <T>(work: (write: Write) => Promise<T>): Promise<T> =>
    pool instanceof ReportDatabase
      ? pool.longTransaction(work)
      : pool[kind === 'statement' ? kind : 'transaction'](work);
  const put = (write: Write, name: string) => write.query('insert into jars values ($1)', [name]);
  const jars = async () => (await test.query<{ name: string }>('select name from jars order by 1')).map((r) => r.name);
  const register = (write: Write, run: string | number = '') => {
    write.afterCommit(() => seen.push(`committed ${run}`.trim()));
    write.onRollback(() => seen.push(`rolled back ${run}`.trim()));
  };

  it('runs its actions once, in order, after the commit, when other sessions see what it wrote', async () => {
    let visible: Promise<string[]> = Promise.resolve([]);
    const result = await run(async (write) => {
      register(write, 1);
      await put(write, 'a');
      write.afterCommit(() => {
        visible = jars();
      });
      register(write, 2);
      expect(seen).toEqual([]);
      return 'done';
    });
    expect([result, seen, await visible]).toEqual(['done', ['committed 1', 'committed 2'], ['a']]);
  });

  it.each([
    ['its work throws', () => Promise.reject(new Error('no'))],
    ['a statement fails', (write: Write) => write.query('selekt')],
  ])('that is rolled back because %s runs only its actions for a rollback', async (_, fail) => {
    const failed = run(async (write) => {
      register(write);
      await fail(write);
    });
    await expect(failed).rejects.toThrow();
    expect(seen).toEqual(['rolled back']);
    expect(await jars()).toEqual([]);
  });

  it('that is run again runs only the actions of its last run after the commit', async () => {
    let runs = 0;
    await run(async (write) => {
      register(write, ++runs);
      if (runs < 3) throw Object.assign(new Error('could not serialize access'), { code: '40001' });
      await put(write, 'b');
    });
    expect(seen).toEqual(['rolled back 1', 'rolled back 2', 'committed 3']);
    expect(await jars()).toEqual(['b']);
  });

  it('logs an action that throws, and runs the other actions', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const result = await run(async (write) => {
      write.afterCommit(() => {
        throw new Error('a mistake');
      });
      register(write);
      return 'done';
    });
    const lines = log.mock.calls.map(([line]) => String(line));
    log.mockRestore();
    expect([result, seen]).toEqual(['done', ['committed']]);
    expect(lines).toEqual([expect.stringContaining('an action after the commit failed: Error: a mistake')]);
  });

  it('whose connection is lost runs its actions for a rollback', async () => {
    const killer = await test.connect();
    const lost = run(async (write) => {
      register(write);
      const sleeping = write.query("select pg_sleep(10), 'to be lost'").then(
        () => undefined,
        (error: Error) => error,
      );
      for (let killed = 0; killed === 0; ) {
        const { rowCount } = await killer.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where query like '%to be lost''' and pid <> pg_backend_pid()",
        );
        killed = rowCount ?? 0;
      }
      const error = await sleeping;
      if (error !== undefined) throw error;
    });
    await expect(lost).rejects.toThrow();
    await killer.end();
    expect(seen).toEqual(['rolled back']);
    await run(async (write) => register(write));
    expect(seen).toEqual(['rolled back', 'committed']);
  });
});
