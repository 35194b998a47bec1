import { createHash, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WorkingCalendar } from '@mpp/calendar';
import { Database } from '@mpp/platform';
import { SchedulerRegistry } from '@nestjs/schedule';
import { day, MARCH_2026, range } from '../../../test/support/calendar.js';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { type Answer, Mpp, startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { another, insertRow, paymentThatIs, rowOf } from '../../../test/support/payments.js';
import { expectProblem, type Problem } from '../../../test/support/problems.js';
import { TestClock } from '../../../test/support/test-clock.js';
import { periodOf } from '../domain/period.js';
import type { RegistryKind } from '../domain/registry-row.js';
import { countOperationsByDay } from '../persistence/operation-days.js';
import { MissingRegistries } from './missing-registries.service.js';

interface DayBody {
  date: string;
  daily: string[];
}
interface CalendarBody extends Record<string, unknown> {
  days: DayBody[];
  monthly: object;
  gaps: string[];
}
interface AlertList extends Record<string, unknown> {
  items: { subject: string; details: object }[];
}

/** 09:00 in Almaty on Monday, 2 March 2026. */
const START = '2026-03-02T04:00:00Z';
const HOUR = 3_600_000;

let clock: TestClock;
let database: TestDatabase;
let server: TestServer;

beforeEach(async () => {
  clock = new TestClock(new Date(START));
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
  server = await startTestServer(env, clock);
  // What the package does not know of that March.
  await server.app.get(WorkingCalendar).correctDays(
    [
      { day: day('2026-03-16'), working: true, name: null },
      { day: day('2026-03-25'), working: false, name: 'Наурыз мейрамы (перенос)' },
    ],
    'aigul',
  );
});

afterEach(async () => {
  await server.stop();
  await database.drop();
});

async function paidOn(at: string): Promise<void> {
  const payment = another(paymentThatIs('CONFIRMED', { debitedAt: new Date(at), confirmedAt: new Date(at) }));
  await insertRow(database, rowOf(payment));
}

async function registry(kind: RegistryKind, from: string, to: string, status = 'RECONCILED'): Promise<string> {
  const id = randomUUID();
  await database.query(
    `insert into registries (id, content_hash, name, size, source, received_at, status, kind, period_from, period_to, amount, fee,
       reconciled_at, accepted_at, accepted_by)
     values ($1, $2, 'r.xlsx', 1, 'UPLOAD', $3, $4, $5, $6, $7, 0, 0, $3, case when $4 = 'ACCEPTED' then $3::timestamptz end,
       case when $4 = 'ACCEPTED' then 'aigul' end)`,
    [id, createHash('sha256').update(id).digest('hex'), clock.now(), status, kind, from, to],
  );
  return id;
}

async function calendar<Body = CalendarBody>(query: string): Promise<Answer<Body>> {
  // A token of today: the tests move the clock by weeks.
  const mpp = new Mpp(server.publicUrl);
  const token = await mpp.teamToken('accounting');
  return mpp.call<Body>('GET', `/ops/v1/registry-calendar${query}`, { token });
}

async function moveTo(at: string): Promise<void> {
  clock.advance(new Date(at).getTime() - clock.now().getTime());
}

const look = async () => {
  const missing = await server.app.get(MissingRegistries).alertMissing();
  return missing.map(({ kind, from, to }) => `${kind} ${from}..${to}`);
};

async function alerts(): Promise<{ subject: string; details: object }[]> {
  const token = await server.mpp.teamToken('accounting');
  const { body } = await server.mpp.call<AlertList>('GET', '/ops/v1/alerts?kind=REGISTRY_MISSING', { token });
  return body.items.toReversed();
}
const subjects = async () => (await alerts()).map(({ subject }) => subject);

describe('the calendar of registries', () => {
  it('shows of each day whether it is worked, when the registry about it is due, and which ones are about it', async () => {
    const weekend = await registry('DAILY', '2026-03-06', '2026-03-09');
    clock.advance(1);
    const again = await registry('DAILY', '2026-03-09', '2026-03-09', 'ACCEPTED');
    const { body } = await calendar('?month=2026-03');
    expect(body).toMatchObject({ month: '2026-03', gaps: [] });
    expect(body.days).toHaveLength(31);
    expect(body.days.slice(4, 10)).toEqual([
      ...[
        { date: '2026-03-05', working: true, name: null, due: '2026-03-06T07:00:00.000Z', daily: [], covered: false },
      ],
      ...['2026-03-06', '2026-03-07', '2026-03-08', '2026-03-09'].map((date) => ({
        date,
        working: date === '2026-03-06',
        name:
          { '2026-03-08': 'Международный женский день', '2026-03-09': 'Международный женский день (перенос)' }[date] ??
          null,
        due: '2026-03-10T07:00:00.000Z',
        daily: date === '2026-03-09' ? [weekend, again] : [weekend],
        covered: true,
      })),
      { date: '2026-03-10', working: true, name: null, due: '2026-03-11T07:00:00.000Z', daily: [], covered: false },
    ]);
  });

  it('does not count registries that are not compared yet', async () => {
    await registry('DAILY', '2026-03-05', '2026-03-05', 'PROCESSING');
    const { body } = await calendar('?month=2026-03');
    expect(body.days.filter(({ daily }) => daily.length > 0)).toEqual([]);
  });

  it('has as gaps the days since the first payment whose hour is past without a registry', async () => {
    await paidOn('2026-03-03T07:00:00Z');
    await registry('DAILY', '2026-03-04', '2026-03-04');
    await moveTo('2026-03-10T06:59:59Z');
    expect((await calendar('?month=2026-03')).body.gaps).toEqual(['2026-03-03', '2026-03-05']);
    await moveTo('2026-03-10T07:00:00Z');
    expect((await calendar('?month=2026-03')).body.gaps).toEqual([
      ...['2026-03-03', '2026-03-05'],
      ...['2026-03-06', '2026-03-07', '2026-03-08', '2026-03-09'],
    ]);
    expect((await calendar('?month=2026-02')).body.gaps).toEqual([]);
  });

  it('shows the monthly registry of the month, due on the first working day of the next', async () => {
    await paidOn('2026-03-03T07:00:00Z');
    const due = '2026-04-01T07:00:00.000Z';
    const none = { due, registries: [], covered: false, missing: false };
    expect((await calendar('')).body).toMatchObject({ month: '2026-03', monthly: none });
    await moveTo('2026-04-01T07:00:00Z');
    expect((await calendar('?month=2026-03')).body.monthly).toEqual({ ...none, missing: true });
    const id = await registry('MONTHLY', '2026-03-01', '2026-03-31');
    const found = { due, registries: [id], covered: true, missing: false };
    expect((await calendar('?month=2026-03')).body.monthly).toEqual(found);
  });

  it('has no other months than those that there are: 400', async () => {
    for (const month of ['2026-13', '2026-3', '2026-03-01', '1999-12', '']) {
      const answer = await calendar<Problem>(`?month=${month}`);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(answer.body.errors?.map(({ field }) => field)).toEqual(['month']);
    }
  });
});

describe('a registry that does not come', () => {
  it('is an alert from its hour on, once, whichever process looks', async () => {
    await paidOn('2026-03-02T03:00:00Z');
    await moveTo('2026-03-03T06:59:59.999Z');
    expect([await look(), await alerts()]).toEqual([[], []]);
    await moveTo('2026-03-03T07:00:00Z');
    await Promise.all([look(), look()]);
    expect(await look()).toEqual(['DAILY 2026-03-02..2026-03-02']);
    const details = { dueAt: '2026-03-03T07:00:00.000Z', days: ['2026-03-02'] };
    expect(await alerts()).toMatchObject([{ subject: 'DAILY 2026-03-02..2026-03-02', details }]);
  });

  it('is looked for by processes that work for others, and by no other', async () => {
    const looks = (one: TestServer) => one.app.get(SchedulerRegistry).doesExist('interval', 'missing-registries');
    expect(looks(server)).toBe(false);
    const worker = await startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9' }, clock);
    expect(looks(worker)).toBe(true);
    await worker.stop();
  });

  it('is awaited at the hour that is set', async () => {
    await server.stop();
    const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
    server = await startTestServer({ ...env, REGISTRY_DUE_HOUR: '18' }, clock);
    await paidOn('2026-03-02T03:00:00Z');
    await moveTo('2026-03-03T12:59:59Z');
    expect(await look()).toEqual([]);
    await moveTo('2026-03-03T13:00:00Z');
    expect(await look()).toEqual(['DAILY 2026-03-02..2026-03-02']);
  });

  it('is none while one covers its days, accepted or not; one that is still at work covers nothing', async () => {
    await paidOn('2026-03-02T03:00:00Z');
    await registry('DAILY', '2026-03-02', '2026-03-02', 'ACCEPTED');
    await registry('DAILY', '2026-03-03', '2026-03-03', 'RECONCILED');
    await registry('DAILY', '2026-03-04', '2026-03-04', 'PROCESSING');
    await registry('MONTHLY', '2026-03-01', '2026-03-31');
    await moveTo('2026-03-05T08:00:00Z');
    expect(await look()).toEqual(['DAILY 2026-03-04..2026-03-04']);
  });

  it('over a week-end and a holiday is one, about four days, and not missed on the days off', async () => {
    await paidOn('2026-03-06T03:00:00Z');
    for (const off of ['2026-03-07', '2026-03-08', '2026-03-09']) {
      await moveTo(`${off}T10:00:00Z`);
      expect(await look()).toEqual([]);
    }
    await moveTo('2026-03-10T07:00:00Z');
    await look();
    expect(await subjects()).toEqual(['DAILY 2026-03-06..2026-03-09']);
  });

  it('that covers a part of its days is missing for the others', async () => {
    await paidOn('2026-03-06T03:00:00Z');
    await registry('DAILY', '2026-03-06', '2026-03-08');
    await moveTo('2026-03-10T08:00:00Z');
    await look();
    expect(await alerts()).toMatchObject([
      { subject: 'DAILY 2026-03-06..2026-03-09', details: { days: ['2026-03-09'] } },
    ]);
  });

  it('comes on another day once operators have moved the working days', async () => {
    await paidOn('2026-03-12T03:00:00Z');
    const moved = [
      { day: day('2026-03-13'), working: false, name: 'перенос' },
      { day: day('2026-03-14'), working: true, name: 'за 13 марта' },
    ];
    await server.app.get(WorkingCalendar).correctDays(moved, 'aigul');
    await moveTo('2026-03-13T12:00:00Z');
    expect(await look()).toEqual([]);
    await moveTo('2026-03-14T07:00:00Z');
    expect(await look()).toEqual(['DAILY 2026-03-12..2026-03-13']);
  });

  it('is not one of days before the first payment, nor of any where nothing was ever paid', async () => {
    await moveTo('2026-03-20T08:00:00Z');
    expect(await look()).toEqual([]);
    await insertRow(database, rowOf(another(paymentThatIs('AWAITING_CONFIRMATION'))));
    expect(await look()).toEqual([]);
    // 00:00 on the 19th in Almaty.
    await paidOn('2026-03-18T19:00:00Z');
    expect(await look()).toEqual(['DAILY 2026-03-19..2026-03-19']);
  });

  it('is looked for over 31 days, however long the server was away', async () => {
    await paidOn('2026-01-05T03:00:00Z');
    const missing = await look();
    expect(missing[0]).toBe('DAILY 2026-01-29..2026-01-29');
    expect(missing.filter((one) => one.startsWith('DAILY'))).toHaveLength(21);
    expect(missing.at(-1)).toBe('MONTHLY 2026-01-01..2026-01-31');
  });

  it('may be the monthly one, from the first working day of the next month on', async () => {
    await paidOn('2026-02-27T03:00:00Z');
    await registry('DAILY', '2026-02-27', '2026-03-01');
    // The 1st of March is a Sunday: it is due on Monday, at noon.
    await moveTo('2026-03-02T06:59:59Z');
    expect(await look()).toEqual([]);
    await moveTo('2026-03-02T07:00:00Z');
    expect(await look()).toEqual(['MONTHLY 2026-02-01..2026-02-28']);
    await registry('MONTHLY', '2026-02-01', '2026-02-28');
    expect(await look()).toEqual([]);
    expect(await subjects()).toEqual(['MONTHLY 2026-02-01..2026-02-28']);
  });

  it('and comes later is an alert all the same, and no new one', async () => {
    await paidOn('2026-03-02T03:00:00Z');
    await moveTo('2026-03-03T08:00:00Z');
    await look();
    await registry('DAILY', '2026-03-02', '2026-03-02');
    clock.advance(HOUR);
    expect(await look()).toEqual([]);
    expect(await subjects()).toEqual(['DAILY 2026-03-02..2026-03-02']);
  });
});

describe('the rows of a registry', () => {
  it('are counted by days of Almaty, those near midnight apart', async () => {
    const id = await registry('DAILY', '2026-03-04', '2026-03-04');
    const times = [
      ...['2026-03-03T18:49:59.999Z', '2026-03-03T18:50:00Z', '2026-03-03T18:59:59.999Z'],
      ...['2026-03-03T19:00:00Z', '2026-03-03T19:09:59.999Z', '2026-03-03T19:10:00Z', '2026-03-04T10:00:00Z'],
      ...['2026-03-04T19:00:03Z', null],
    ];
    await database.query(
      'insert into registry_rows (registry_id, row, at) select $1, n, at from unnest($2::timestamptz[]) with ordinality as given (at, n)',
      [id, times],
    );
    const days = await countOperationsByDay(server.app.get(Database), id);
    expect(days).toEqual([
      { day: '2026-03-03', first: 0, between: 1, last: 2 },
      { day: '2026-03-04', first: 2, between: 2, last: 0 },
      { day: '2026-03-05', first: 1, between: 0, last: 0 },
    ]);
    expect(periodOf('DAILY', days, MARCH_2026)).toEqual(range('2026-03-03', '2026-03-04'));
  });
});
