import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type CustomerId, Money } from '@mpp/kernel';
import { CustomerAccounts, JournalSeals } from '@mpp/ledger';
import { Logger } from '@nestjs/common';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { TestClock } from '../../../test/support/test-clock.js';
import { BooksCheck } from './books-check.service.js';

const DAY = 24 * 3_600_000;
const clock = new TestClock();

let database: TestDatabase;
let one: TestServer;
let two: TestServer;

beforeAll(async () => {
  database = await createDatabase();
  // The tests start the checks; the background work of both servers is off.
  const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
  [one, two] = await Promise.all([startTestServer(env, clock), startTestServer(env, clock)]);
  const accounts = one.app.get(CustomerAccounts);
  const { id } = await accounts.openAccount('K1' as CustomerId, 'счёт');
  for (let n = 0; n < 5; n++) await accounts.postDeposit(id, Money.parse('10.00'), `d-${n}`);
  await one.app.get(JournalSeals).sealAll();
});

afterAll(async () => {
  await Promise.all([one.stop(), two.stop()]);
  await database.drop();
});

const check = (server: TestServer) => server.app.get(BooksCheck).checkWhenDue();

async function ops<Item>(path: string): Promise<Item[]> {
  const token = await one.mpp.teamToken('accounting');
  return (await one.mpp.call<{ items: Item[] }>('GET', `/ops/v1/${path}`, { token })).body.items;
}

async function metric(server: TestServer, name: string): Promise<string | undefined> {
  const text = await (await fetch(`${server.publicUrl}/metrics`)).text();
  return new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
}

describe('the books', () => {
  it('are checked by one of two processes at the same time', async () => {
    const found = await Promise.all([check(one), check(two), check(one), check(two)]);
    expect(found.filter((findings) => findings !== null)).toMatchObject([{ entries: 5, faults: [] }]);
    const [head] = await database.query(
      "select number, encode(hash, 'hex') as hash from ledger_seals order by number desc limit 1",
    );
    expect(await ops('ledger/verifications')).toEqual([
      { id: '1', verifiedAt: clock.now().toISOString(), entries: 5, head, faults: 0 },
    ]);
  });

  it('are not checked again before the interval has passed, by any process, also after a restart', async () => {
    clock.advance(DAY - 1);
    expect([await check(one), await check(two)]).toEqual([null, null]);
    clock.advance(1);
    expect(await check(two)).toMatchObject({ faults: [] });
    expect(await check(one)).toBeNull();
    expect(await ops('ledger/verifications')).toHaveLength(2);
  });

  it('report a fault by one alert, an error line and a metric of every process', async () => {
    await database.query(
      "alter table ledger_entries disable trigger all; update ledger_entries set reference = 'd-2.' where reference = 'd-2'",
    );
    const [{ id }] = (await database.query("select id from ledger_entries where reference = 'd-2.'")) as [
      { id: string },
    ];
    const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    for (let day = 0; day < 2; day++) {
      clock.advance(DAY);
      expect(await check(day === 0 ? one : two)).toMatchObject({
        faults: [{ kind: 'ENTRY_ALTERED', subject: `entry ${id}` }],
      });
    }
    const lines = logged.mock.calls.map(([line]) => line);
    logged.mockRestore();
    expect(lines.filter((line) => line === `LEDGER_FAULT: entry ${id} is not what was sealed`)).toHaveLength(2);
    expect(await ops('alerts?kind=LEDGER_FAULT')).toMatchObject([
      { subject: `entry ${id}`, details: { fault: 'ENTRY_ALTERED' } },
    ]);
    for (const server of [one, two]) {
      expect(await metric(server, 'mpp_ledger_faults')).toBe('1');
      expect(await metric(server, 'mpp_ledger_verified_timestamp_seconds')).toBe(String(clock.now().getTime() / 1000));
    }
    expect((await ops<{ faults: number }>('ledger/verifications')).map(({ faults }) => faults)).toEqual([1, 1, 0, 0]);
  });

  it('are sound again after a repair, and the alert stays listed', async () => {
    await database.query(
      `update ledger_entries set reference = 'd-2' where reference = 'd-2.';
       alter table ledger_entries enable always trigger ledger_entries_apply`,
    );
    clock.advance(DAY);
    expect(await check(one)).toMatchObject({ faults: [] });
    expect(await metric(two, 'mpp_ledger_faults')).toBe('0');
    expect(await ops('alerts?kind=LEDGER_FAULT')).toHaveLength(1);
  });

  it('are checked although a wrong clock dated the last check a year ahead', async () => {
    await database.query(`insert into ledger_verifications (verified_at, entries, faults) values ($1, 5, 0)`, [
      new Date(clock.now().getTime() + 365 * DAY),
    ]);
    expect(await check(one)).toMatchObject({ faults: [] });
    expect(await check(one)).toBeNull();
  });
});
