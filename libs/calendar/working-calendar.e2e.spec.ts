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
interface DayList extends Record<string, unknown> {
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

async function callWorkingDays<Body = DayList>(method: string, query = '', body?: object): Promise<Answer<Body>> {
  const token = await server.mpp.teamToken('accounting');
  return server.mpp.call<Body>(method, `/ops/v1/working-days${query}`, { token, ...(body && { body }) });
}

const correct = <Body = DayList>(...items: unknown[]) => callWorkingDays<Body>('PUT', '', { items });
const findListedDay = async (date: string) =>
  (await callWorkingDays('GET', `?year=${date.slice(0, 4)}`)).body.items.find((one) => one.date === date);

async function auditedChanges(): Promise<Record<string, unknown>[]> {
  const token = await server.mpp.teamToken('admin');
  const { body } = await server.mpp.call<DayList>('GET', '/ops/v1/audit?action=WORKING_DAYS_CHANGED', { token });
  return body.items;
}

describe('The working days', () => {
  it('of a year are Monday to Friday except for the listed days; without a year, the current year is listed', async () => {
    const { body } = await callWorkingDays('GET', '?year=2025');
    expect(body.items[0]).toEqual({ date: '2025-01-01', working: false, name: 'Новый год', source: 'HOLIDAY' });
    expect(body.items.map(({ date }) => date)).not.toContain('2025-03-08');
    expect((await callWorkingDays('GET')).body).toEqual((await callWorkingDays('GET', '?year=2026')).body);
  });

  it('are corrected if the package is wrong: Nauryz 2026 lasts until 25 March', async () => {
    expect(await findListedDay('2026-03-25')).toBeUndefined();
    const nauryz = { date: '2026-03-25', working: false, name: 'Наурыз мейрамы (перенос)' };
    expect(await correct(nauryz)).toMatchObject({ status: 200, body: { items: [{ ...nauryz, source: 'OPERATOR' }] } });
    expect(await findListedDay('2026-03-25')).toEqual({ ...nauryz, source: 'OPERATOR' });
    const calendar = await server.app.get(WorkingCalendar).readWorkingDays();
    expect(calendar.nextWorkingDay(day('2026-03-20'))).toBe('2026-03-26');
    expect((await auditedChanges())[0]).toMatchObject({ subject: 'working-days', details: { set: [nauryz] } });
  });

  it('may include a Saturday, without a name', async () => {
    await correct({ date: '2026-05-16', working: true });
    const worked = { date: '2026-05-16', working: true, name: null, source: 'OPERATOR' };
    expect(await findListedDay('2026-05-16')).toEqual(worked);
    await correct({ date: '2026-05-16', working: true, name: null });
    expect(await findListedDay('2026-05-16')).toEqual(worked);
  });

  it('are recorded in the audit trail once: the same correction again changes nothing', async () => {
    const items = [
      { date: '2026-06-01', working: false },
      { date: '2026-06-02', working: false },
    ];
    await correct(...items);
    const trail = (await auditedChanges()).length;
    await correct(...items);
    expect((await auditedChanges()).length).toBe(trail);
    await correct(items[0], { ...items[1], working: true });
    expect((await auditedChanges())[0]).toMatchObject({
      details: { set: [{ date: '2026-06-02', working: true, name: null }] },
    });
  });

  it('are determined by the week and the holidays again when a correction is removed', async () => {
    await correct({ date: '2026-05-01', working: true, name: 'рабочий' });
    const holiday = { date: '2026-05-01', working: false, name: 'День единства народа Казахстана', source: 'HOLIDAY' };
    expect(await callWorkingDays('DELETE', '/2026-05-01')).toMatchObject({ status: 200, body: holiday });
    expect(await findListedDay('2026-05-01')).toEqual(holiday);
    const removed = [{ date: '2026-05-01', working: true, name: 'рабочий' }];
    expect((await auditedChanges())[0]).toMatchObject({ details: { removed } });
    expectProblem(await callWorkingDays<Problem>('DELETE', '/2026-05-01'), 404, 'NOT_FOUND');
    await correct({ date: '2026-05-01', working: true, name: 'рабочий' });
    expect(await findListedDay('2026-05-01')).toMatchObject({ working: true, source: 'OPERATOR' });
  });

  it.each(['2026-02-30', 'tomorrow', '%00'])('have no correction to remove for %s: 404', async (date) => {
    expectProblem(await callWorkingDays<Problem>('DELETE', `/${date}`), 404, 'NOT_FOUND');
  });

  it.each([
    ['a date that does not exist', [{ date: '2026-02-29', working: false }], 'items.0.date'],
    ['a day without “working”', [{ date: '2026-03-02' }], 'items.0.working'],
    ['“working” as text', [{ date: '2026-03-02', working: 'true' }], 'items.0.working'],
    ['an empty name', [{ date: '2026-03-02', working: false, name: '' }], 'items.0.name'],
    ['a name with a NUL', [{ date: '2026-03-02', working: false, name: 'a\0' }], 'items.0.name'],
    [
      'the same day twice',
      [
        { date: '2026-03-02', working: false },
        { date: '2026-03-02', working: true },
      ],
      'items.1.date',
    ],
  ])('are not corrected with %s: 400, and nothing changes', async (_, items, field) => {
    const answer = await correct<Problem>(...items);
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(answer.body.errors?.map((error) => error.field)).toContain(field);
    expect(await findListedDay('2026-03-02')).toBeUndefined();
  });

  it.each(['1999', '3000', 'x', '2026.5'])('of the year %s are not listed: 400', async (year) => {
    expectProblem(await callWorkingDays<Problem>('GET', `?year=${year}`), 400, 'VALIDATION_FAILED');
  });
});
