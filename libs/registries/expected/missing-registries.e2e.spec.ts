import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WorkingCalendar } from '@mpp/calendar';
import { SchedulerRegistry } from '@nestjs/schedule';
import { day } from '../../../test/support/calendar.js';
import { DueRegistries } from '../../../test/support/due-registries.js';
import { startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { another, insertRow, paymentThatIs, rowOf } from '../../../test/support/payments.js';

let fixture: DueRegistries;

beforeEach(async () => {
  fixture = await DueRegistries.start();
});

afterEach(() => fixture.stop());

describe('A missing registry', () => {
  it('raises one alert when it is due, also if several processes search for it', async () => {
    await fixture.insertPayment('2026-03-02T03:00:00Z');
    fixture.moveTo('2026-03-03T06:59:59.999Z');
    expect([await fixture.alertMissing(), await fixture.listAlerts()]).toEqual([[], []]);
    fixture.moveTo('2026-03-03T07:00:00Z');
    await Promise.all([fixture.alertMissing(), fixture.alertMissing()]);
    expect(await fixture.alertMissing()).toEqual(['DAILY 2026-03-02..2026-03-02']);
    const details = { dueAt: '2026-03-03T07:00:00.000Z', days: ['2026-03-02'] };
    expect(await fixture.listAlerts()).toMatchObject([{ subject: 'DAILY 2026-03-02..2026-03-02', details }]);
  });

  it('raises no alert by a clock that was set two days ahead, and one when it is due', async () => {
    await fixture.insertPayment('2026-03-02T03:00:00Z');
    fixture.clock.set(2 * 24 * 3_600_000);
    expect(await fixture.alertMissing()).toEqual([]);
    fixture.clock.set(0);
    expect(await fixture.listAlerts()).toEqual([]);
    fixture.moveTo('2026-03-03T07:00:00Z');
    expect(await fixture.alertMissing()).toEqual(['DAILY 2026-03-02..2026-03-02']);
    expect(await fixture.listAlertSubjects()).toEqual(['DAILY 2026-03-02..2026-03-02']);
  });

  it('is searched for only by processes with background work', async () => {
    const isScheduled = (one: TestServer) => one.app.get(SchedulerRegistry).doesExist('interval', 'missing-registries');
    expect(isScheduled(fixture.server)).toBe(false);
    const worker = await startTestServer(
      { DATABASE_URL: fixture.database.url, KASPI_BASE_URL: 'http://127.0.0.1:9' },
      fixture.clock,
    );
    expect(isScheduled(worker)).toBe(true);
    await worker.stop();
  });

  it('is due at the hour of REGISTRY_DUE_HOUR', async () => {
    await fixture.stop();
    fixture = await DueRegistries.start({ REGISTRY_DUE_HOUR: '18' });
    await fixture.insertPayment('2026-03-02T03:00:00Z');
    fixture.moveTo('2026-03-03T12:59:59Z');
    expect(await fixture.alertMissing()).toEqual([]);
    fixture.moveTo('2026-03-03T13:00:00Z');
    expect(await fixture.alertMissing()).toEqual(['DAILY 2026-03-02..2026-03-02']);
  });

  it('does not include days that a reconciled or accepted registry covers; one that is PROCESSING covers none', async () => {
    await fixture.insertPayment('2026-03-02T03:00:00Z');
    await fixture.insertRegistry('DAILY', '2026-03-02', '2026-03-02', 'ACCEPTED');
    await fixture.insertRegistry('DAILY', '2026-03-03', '2026-03-03', 'RECONCILED');
    await fixture.insertRegistry('DAILY', '2026-03-04', '2026-03-04', 'PROCESSING');
    await fixture.insertRegistry('MONTHLY', '2026-03-01', '2026-03-31');
    fixture.moveTo('2026-03-05T08:00:00Z');
    expect(await fixture.alertMissing()).toEqual(['DAILY 2026-03-04..2026-03-04']);
  });

  it('over a weekend and a holiday is one registry of four days, due after the days off', async () => {
    await fixture.insertPayment('2026-03-06T03:00:00Z');
    for (const off of ['2026-03-07', '2026-03-08', '2026-03-09']) {
      fixture.moveTo(`${off}T10:00:00Z`);
      expect(await fixture.alertMissing()).toEqual([]);
    }
    fixture.moveTo('2026-03-10T07:00:00Z');
    await fixture.alertMissing();
    expect(await fixture.listAlertSubjects()).toEqual(['DAILY 2026-03-06..2026-03-09']);
  });

  it('has only the days of its group that no registry covers', async () => {
    await fixture.insertPayment('2026-03-06T03:00:00Z');
    await fixture.insertRegistry('DAILY', '2026-03-06', '2026-03-08');
    fixture.moveTo('2026-03-10T08:00:00Z');
    await fixture.alertMissing();
    expect(await fixture.listAlerts()).toMatchObject([
      { subject: 'DAILY 2026-03-06..2026-03-09', details: { days: ['2026-03-09'] } },
    ]);
  });

  it('is due on another day if operators correct the working days', async () => {
    await fixture.insertPayment('2026-03-12T03:00:00Z');
    const moved = [
      { day: day('2026-03-13'), working: false, name: 'перенос' },
      { day: day('2026-03-14'), working: true, name: 'за 13 марта' },
    ];
    await fixture.server.app.get(WorkingCalendar).correctDays(moved, 'aigul');
    fixture.moveTo('2026-03-13T12:00:00Z');
    expect(await fixture.alertMissing()).toEqual([]);
    fixture.moveTo('2026-03-14T07:00:00Z');
    expect(await fixture.alertMissing()).toEqual(['DAILY 2026-03-12..2026-03-13']);
  });

  it('does not include days before the first payment', async () => {
    fixture.moveTo('2026-03-20T08:00:00Z');
    expect(await fixture.alertMissing()).toEqual([]);
    await insertRow(fixture.database, rowOf(another(paymentThatIs('AWAITING_CONFIRMATION'))));
    expect(await fixture.alertMissing()).toEqual([]);
    // 00:00 on the 19th in Almaty.
    await fixture.insertPayment('2026-03-18T19:00:00Z');
    expect(await fixture.alertMissing()).toEqual(['DAILY 2026-03-19..2026-03-19']);
  });

  it('is searched for over the last 31 days', async () => {
    await fixture.insertPayment('2026-01-05T03:00:00Z');
    const missing = await fixture.alertMissing();
    expect(missing[0]).toBe('DAILY 2026-01-29..2026-01-29');
    expect(missing.filter((one) => one.startsWith('DAILY'))).toHaveLength(21);
    expect(missing.at(-1)).toBe('MONTHLY 2026-01-01..2026-01-31');
  });

  it('of a month is due on the first working day of the next month', async () => {
    await fixture.insertPayment('2026-02-27T03:00:00Z');
    await fixture.insertRegistry('DAILY', '2026-02-27', '2026-03-01');
    // 1 March is a Sunday: it is due on Monday at noon.
    fixture.moveTo('2026-03-02T06:59:59Z');
    expect(await fixture.alertMissing()).toEqual([]);
    fixture.moveTo('2026-03-02T07:00:00Z');
    expect(await fixture.alertMissing()).toEqual(['MONTHLY 2026-02-01..2026-02-28']);
    await fixture.insertRegistry('MONTHLY', '2026-02-01', '2026-02-28');
    expect(await fixture.alertMissing()).toEqual([]);
    expect(await fixture.listAlertSubjects()).toEqual(['MONTHLY 2026-02-01..2026-02-28']);
  });

  it('that is received later keeps its alert, and raises no other', async () => {
    await fixture.insertPayment('2026-03-02T03:00:00Z');
    fixture.moveTo('2026-03-03T08:00:00Z');
    await fixture.alertMissing();
    await fixture.insertRegistry('DAILY', '2026-03-02', '2026-03-02');
    fixture.clock.advance(3_600_000);
    expect(await fixture.alertMissing()).toEqual([]);
    expect(await fixture.listAlertSubjects()).toEqual(['DAILY 2026-03-02..2026-03-02']);
  });
});
