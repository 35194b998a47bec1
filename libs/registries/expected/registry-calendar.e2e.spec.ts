import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Database } from '@mpp/platform';
import { MARCH_2026, range } from '../../../test/support/calendar.js';
import { DueRegistries } from '../../../test/support/due-registries.js';
import { expectProblem, type Problem } from '../../../test/support/problems.js';
import { periodOf } from '../domain/period.js';
import { countOperationsByDay } from '../persistence/operation-days.js';

interface DayBody {
  date: string;
  daily: string[];
}
interface CalendarBody extends Record<string, unknown> {
  days: DayBody[];
  monthly: object;
  gaps: string[];
}
let fixture: DueRegistries;

beforeEach(async () => {
  fixture = await DueRegistries.start();
});

afterEach(() => fixture.stop());

const readCalendar = (query: string) => fixture.readCalendar<CalendarBody>(query);

describe('The calendar of registries', () => {
  it('shows for each day whether it is a working day, when its registry is due, and which registries cover it', async () => {
    const weekend = await fixture.insertRegistry('DAILY', '2026-03-06', '2026-03-09');
    fixture.clock.advance(1);
    const again = await fixture.insertRegistry('DAILY', '2026-03-09', '2026-03-09', 'ACCEPTED');
    const { body } = await readCalendar('?month=2026-03');
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

  it('does not include registries that are not compared yet', async () => {
    await fixture.insertRegistry('DAILY', '2026-03-05', '2026-03-05', 'PROCESSING');
    const { body } = await readCalendar('?month=2026-03');
    expect(body.days.filter(({ daily }) => daily.length > 0)).toEqual([]);
  });

  it('has gaps: the days since the first payment whose registry is due and was not received', async () => {
    await fixture.insertPayment('2026-03-03T07:00:00Z');
    await fixture.insertRegistry('DAILY', '2026-03-04', '2026-03-04');
    fixture.moveTo('2026-03-10T06:59:59Z');
    expect((await readCalendar('?month=2026-03')).body.gaps).toEqual(['2026-03-03', '2026-03-05']);
    fixture.moveTo('2026-03-10T07:00:00Z');
    expect((await readCalendar('?month=2026-03')).body.gaps).toEqual([
      ...['2026-03-03', '2026-03-05'],
      ...['2026-03-06', '2026-03-07', '2026-03-08', '2026-03-09'],
    ]);
    expect((await readCalendar('?month=2026-02')).body.gaps).toEqual([]);
  });

  it('shows the monthly registry of the month, due on the first working day of the next', async () => {
    await fixture.insertPayment('2026-03-03T07:00:00Z');
    const due = '2026-04-01T07:00:00.000Z';
    const none = { due, registries: [], covered: false, missing: false };
    expect((await readCalendar('')).body).toMatchObject({ month: '2026-03', monthly: none });
    fixture.moveTo('2026-04-01T07:00:00Z');
    expect((await readCalendar('?month=2026-03')).body.monthly).toEqual({ ...none, missing: true });
    const id = await fixture.insertRegistry('MONTHLY', '2026-03-01', '2026-03-31');
    const found = { due, registries: [id], covered: true, missing: false };
    expect((await readCalendar('?month=2026-03')).body.monthly).toEqual(found);
  });

  it('refuses an invalid month with 400', async () => {
    for (const month of ['2026-13', '2026-3', '2026-03-01', '1999-12', '']) {
      const answer = await fixture.readCalendar<Problem>(`?month=${month}`);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(answer.body.errors?.map(({ field }) => field)).toEqual(['month']);
    }
  });
});

describe('The rows of a registry', () => {
  it('are counted by days in Almaty, separately near midnight', async () => {
    const id = await fixture.insertRegistry('DAILY', '2026-03-04', '2026-03-04');
    const times = [
      ...['2026-03-03T18:49:59.999Z', '2026-03-03T18:50:00Z', '2026-03-03T18:59:59.999Z'],
      ...['2026-03-03T19:00:00Z', '2026-03-03T19:09:59.999Z', '2026-03-03T19:10:00Z', '2026-03-04T10:00:00Z'],
      ...['2026-03-04T19:00:03Z', null],
    ];
    await fixture.database.query(
      'insert into registry_rows (registry_id, row, at) select $1, n, at from unnest($2::timestamptz[]) with ordinality as given (at, n)',
      [id, times],
    );
    const days = await countOperationsByDay(fixture.server.app.get(Database), id);
    expect(days).toEqual([
      { day: '2026-03-03', first: 0, between: 1, last: 2 },
      { day: '2026-03-04', first: 2, between: 2, last: 0 },
      { day: '2026-03-05', first: 1, between: 0, last: 0 },
    ]);
    expect(periodOf('DAILY', days, MARCH_2026)).toEqual(range('2026-03-03', '2026-03-04'));
  });
});
