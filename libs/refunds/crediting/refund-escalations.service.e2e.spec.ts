import { describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ALL, escalationsFixture, MINUTE } from '../../../test/support/escalations-fixture.js';

describe('a refund that cannot be credited', () => {
  const { fails, promised, alertsUntil, details, listed, works, alertsOf, clock, escalateDue, drain, metric } =
    escalationsFixture();

  const alerted = (kind: string) => metric(`mpp_alerts_total{kind="${kind}"}`);

  it('for forty minutes is alerted at half time, then credited once, and not alerted again', async () => {
    await fails();
    const { alia, at } = await promised('Forty');
    expect(await alertsUntil('Forty', 39, at)).toEqual([[30, ['REFUND_HALF_TIME']]]);
    const { messages, ...waiting } = await details('Forty');
    expect(waiting).toMatchObject({ status: 'ACCEPTED', timeLeftMs: 21 * MINUTE, overdue: false, entries: [] });
    expect(messages).toMatchObject([{ status: 'WAITING', lastError: expect.stringContaining('the disk is full') }]);
    // Attempts are at most a minute apart.
    expect(messages[0]?.attempts).toBeGreaterThanOrEqual(39);
    expect(await alia.balance()).toBe('900.00');
    expect(await listed('overdue=true')).toEqual([]);

    await works();
    expect(await alertsUntil('Forty', 90, at)).toEqual([]);
    expect(await alertsOf('Forty')).toEqual(['REFUND_HALF_TIME']);
    expect(await alia.balance()).toBe('1000.00');
    const credited = await details('Forty');
    expect(credited).toMatchObject({ status: 'CREDITED', timeLeftMs: null, overdue: false, entries: [{}] });
    expect(credited.creditedAt).toBe(new Date(at.getTime() + 40 * MINUTE).toISOString());
  });

  it('is overdue at 60:00: alerted once, counted, logged and listed, and still credited later', async () => {
    const log = jest.spyOn(Logger.prototype, 'error');
    const before = await Promise.all(ALL.map(alerted));
    await fails();
    const { alia, at } = await promised('Breach');
    expect(await alertsUntil('Breach', 59, at)).toEqual([
      [30, ['REFUND_HALF_TIME']],
      [48, ['REFUND_SHORT_OF_TIME']],
    ]);
    clock.advance(MINUTE - 1);
    expect(await escalateDue()).toBe(0);
    expect(await listed('overdue=true')).toEqual([]);
    clock.advance(1);
    // Two processes escalate at the same time as another attempt to credit.
    const [one, other] = await Promise.all([escalateDue(), escalateDue(), drain()]);
    // Both may skip the refund while the crediting has it locked; the alert is raised once all the same.
    expect(one + other + (await escalateDue())).toBe(1);
    expect(await escalateDue()).toBe(0);
    expect(await alertsOf('Breach')).toEqual(ALL);
    expect(await listed('overdue=true')).toMatchObject([{ refundId: 'Breach', timeLeftMs: 0, overdue: true }]);

    expect(await alertsUntil('Breach', 75, at)).toEqual([]);
    expect(await listed('overdue=true')).toMatchObject([
      { refundId: 'Breach', status: 'ACCEPTED', timeLeftMs: -15 * MINUTE, overdue: true },
    ]);
    expect(await listed(`overdue=true&customerId=${alia.id}&status=ACCEPTED`)).toHaveLength(1);
    expect(await listed('overdue=true&customerId=unknown')).toEqual([]);
    expect(await Promise.all(ALL.map(alerted))).toEqual(before.map((count) => count + 1));
    const lines = log.mock.calls.map(([line]) => String(line)).filter((line) => line.startsWith('REFUND_'));
    expect(lines.map((line) => line.split(':')[0])).toEqual(ALL.map((kind) => `${kind} Breach`));
    // The log contains no personal data.
    expect(lines.join()).not.toContain(alia.id);
    log.mockRestore();
    expect([await metric('mpp_refunds_waiting'), await metric('mpp_refunds_overdue')]).toEqual([1, 1]);

    await works();
    clock.advance(MINUTE);
    await drain();
    expect(await alia.balance()).toBe('1000.00');
    expect(await details('Breach')).toMatchObject({ status: 'CREDITED', timeLeftMs: null, overdue: false });
    expect(await listed('overdue=true')).toEqual([]);
    expect(await alertsOf('Breach')).toEqual(ALL);
    expect([await metric('mpp_refunds_waiting'), await metric('mpp_refunds_overdue')]).toEqual([0, 0]);
    expect(await metric('mpp_refund_credit_seconds_bucket{le="3600"}')).toBeLessThan(
      await metric('mpp_refund_credit_seconds_bucket{le="7200"}'),
    );
  });

  it('without escalations, and that is credited after its hour, raises all alerts with the credit', async () => {
    await fails();
    const { alia } = await promised('Unwatched');
    clock.advance(75 * MINUTE);
    await works();
    await drain();
    expect(await alia.balance()).toBe('1000.00');
    expect(await alertsOf('Unwatched')).toEqual(ALL);
    expect(await escalateDue()).toBe(0);
    expect(await alertsOf('Unwatched')).toEqual(ALL);
  });

  it('late, at the same time as an escalation, raises each alert once in any order', async () => {
    await fails();
    const names = ['Race1', 'Race2', 'Race3', 'Race4', 'Race5'];
    for (const name of names) await promised(name);
    clock.advance(75 * MINUTE);
    await works();
    await Promise.all([escalateDue(), drain(), escalateDue()]);
    for (const name of names) {
      expect([name, (await details(name)).status, await alertsOf(name)]).toEqual([name, 'CREDITED', ALL]);
    }
  });
});
