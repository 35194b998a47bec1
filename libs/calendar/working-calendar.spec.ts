import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { day } from '../../test/support/calendar.js';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { type Answer, startTestServer, type TestServer } from '../../test/support/mpp.js';
import { expectProblem, type Problem } from '../../test/support/problems.js';
import { TestClock } from '../../test/support/test-clock.js';
import { WorkingCalendar } from './working-calendar.service.js';

interface DayBody extends Record<string, unknown> {
  date: string;
}
interface List extends Record<string, unknown> {
  items: DayBody[];
}

let database: TestDatabase;
let server: TestServer;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
  server = await startTestServer(env, new TestClock());
});

afterAll(async () => {
  await server.stop();
  await database.drop();
});

async function call<Body = List>(method: string, query = '', body?: object): Promise<Answer<Body>> {
  const token = await server.mpp.teamToken('accounting');
  return server.mpp.call<Body>(method, `/ops/v1/working-days${query}`, { token, ...(body && { body }) });
}

const put = <Body = List>(...items: unknown[]) => call<Body>('PUT', '', { items });
const listed = async (date: string) =>
  (await call('GET', `?year=${date.slice(0, 4)}`)).body.items.find((one) => one.date === date);

async function audited(): Promise<Record<string, unknown>[]> {
  const token = await server.mpp.teamToken('admin');
  const { body } = await server.mpp.call<List>('GET', '/ops/v1/audit?action=WORKING_DAYS_CHANGED', { token });
  return body.items;
}

describe('the working days', () => {
  it('of a year are those of the week but for the ones that are listed; without a year, of this one', async () => {
    const { body } = await call('GET', '?year=2025');
    expect(body.items[0]).toEqual({ date: '2025-01-01', working: false, name: 'Новый год', source: 'HOLIDAY' });
    expect(body.items.map(({ date }) => date)).not.toContain('2025-03-08');
    expect((await call('GET')).body).toEqual((await call('GET', '?year=2026')).body);
  });

  it('are corrected where the package is wrong: the Nauryz of 2026 lasts to the 25th of March', async () => {
    expect(await listed('2026-03-25')).toBeUndefined();
    const nauryz = { date: '2026-03-25', working: false, name: 'Наурыз мейрамы (перенос)' };
    expect(await put(nauryz)).toMatchObject({ status: 200, body: { items: [{ ...nauryz, source: 'OPERATOR' }] } });
    expect(await listed('2026-03-25')).toEqual({ ...nauryz, source: 'OPERATOR' });
    const calendar = await server.app.get(WorkingCalendar).current();
    expect(calendar.next(day('2026-03-20'))).toBe('2026-03-26');
    expect((await audited())[0]).toMatchObject({ subject: 'working-days', details: { set: [nauryz] } });
  });

  it('may be a Saturday, without a name', async () => {
    await put({ date: '2026-05-16', working: true });
    const worked = { date: '2026-05-16', working: true, name: null, source: 'OPERATOR' };
    expect(await listed('2026-05-16')).toEqual(worked);
    await put({ date: '2026-05-16', working: true, name: null });
    expect(await listed('2026-05-16')).toEqual(worked);
  });

  it('stand in the audit trail once: what was said already changes nothing', async () => {
    const items = [
      { date: '2026-06-01', working: false },
      { date: '2026-06-02', working: false },
    ];
    await put(...items);
    const trail = (await audited()).length;
    await put(...items);
    expect((await audited()).length).toBe(trail);
    await put(items[0], { ...items[1], working: true });
    expect((await audited())[0]).toMatchObject({
      details: { set: [{ date: '2026-06-02', working: true, name: null }] },
    });
  });

  it('are again what the week and the holidays say once it is taken back', async () => {
    await put({ date: '2026-05-01', working: true, name: 'рабочий' });
    const holiday = { date: '2026-05-01', working: false, name: 'День единства народа Казахстана', source: 'HOLIDAY' };
    expect(await call('DELETE', '/2026-05-01')).toMatchObject({ status: 200, body: holiday });
    expect(await listed('2026-05-01')).toEqual(holiday);
    const takenBack = [{ date: '2026-05-01', working: true, name: 'рабочий' }];
    expect((await audited())[0]).toMatchObject({ details: { takenBack } });
    expectProblem(await call<Problem>('DELETE', '/2026-05-01'), 404, 'NOT_FOUND');
    await put({ date: '2026-05-01', working: true, name: 'рабочий' });
    expect(await listed('2026-05-01')).toMatchObject({ working: true, source: 'OPERATOR' });
  });

  it.each(['2026-02-30', 'tomorrow', '%00'])(
    'of which nobody spoke, like %s, cannot be taken back: 404',
    async (date) => {
      expectProblem(await call<Problem>('DELETE', `/${date}`), 404, 'NOT_FOUND');
    },
  );

  it.each([
    ['a day that there is not', [{ date: '2026-02-29', working: false }], 'items.0.date'],
    ['neither yes nor no', [{ date: '2026-03-02' }], 'items.0.working'],
    ['a yes in words', [{ date: '2026-03-02', working: 'true' }], 'items.0.working'],
    ['a name of nothing', [{ date: '2026-03-02', working: false, name: '' }], 'items.0.name'],
    ['a name with a NUL', [{ date: '2026-03-02', working: false, name: 'a\0' }], 'items.0.name'],
    [
      'one day twice',
      [
        { date: '2026-03-02', working: false },
        { date: '2026-03-02', working: true },
      ],
      'items.1.date',
    ],
  ])('are not corrected by %s: 400, and nothing changes', async (_, items, field) => {
    const answer = await put<Problem>(...items);
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(answer.body.errors?.map((error) => error.field)).toContain(field);
    expect(await listed('2026-03-02')).toBeUndefined();
  });

  it.each(['1999', '3000', 'x', '2026.5'])('of the year %s are not asked for: 400', async (year) => {
    expectProblem(await call<Problem>('GET', `?year=${year}`), 400, 'VALIDATION_FAILED');
  });
});
