import { describe, expect, it } from '@jest/globals';
import { Metrics } from '@mpp/platform';
import { operatorPayments } from '../../../test/support/operator-payments.js';
import { DoubtEscalations } from './doubt-escalations.service.js';

const HOUR = 3_600_000;

const { fixture, clock, customer, doubted, resolve } = operatorPayments();

const escalate = () => fixture.server.app.get(DoubtEscalations, { strict: false }).escalateDue();
const alertsAbout = async (id: string) =>
  (await fixture.database.query('select kind from alerts where subject = $1 order by id', [id])).map(
    ({ kind }) => kind,
  );

async function measured(name: string): Promise<number> {
  const text = await fixture.server.app.get(Metrics, { strict: false }).registry.metrics();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

describe('a payment that stays in doubt', () => {
  it('is measured by number and sum', async () => {
    const ids = [await doubted(await customer()), await doubted(await customer())];
    expect(await measured('mpp_in_doubt_payments')).toBe(2);
    expect(await measured('mpp_in_doubt_tiyn')).toBe(20_000);
    for (const id of ids) await resolve(id, 'REVERSED');
    expect(await measured('mpp_in_doubt_payments')).toBe(0);
    expect(await measured('mpp_in_doubt_tiyn')).toBe(0);
  });

  it('is alerted again after one hour, four hours and a day, once each, however often it is looked at; a resolved one is not', async () => {
    const resolved = await doubted(await customer());
    const id = await doubted(await customer());
    await resolve(resolved, 'CONFIRMED');
    clock.advance(HOUR - 1);
    expect(await escalate()).toBe(0);
    clock.advance(1);
    expect((await Promise.all([escalate(), escalate()])).toSorted()).toEqual([0, 1]);
    clock.advance(3 * HOUR);
    expect(await escalate()).toBe(1);
    clock.advance(20 * HOUR);
    expect(await escalate()).toBe(1);
    clock.advance(1000 * HOUR);
    expect(await escalate()).toBe(0);
    expect(await alertsAbout(id)).toEqual([
      'PAYMENT_IN_DOUBT',
      'PAYMENT_IN_DOUBT_1_HOUR',
      'PAYMENT_IN_DOUBT_4_HOURS',
      'PAYMENT_IN_DOUBT_24_HOURS',
    ]);
    expect(await alertsAbout(resolved)).toEqual(['PAYMENT_IN_DOUBT']);
  });
});
