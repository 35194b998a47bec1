import { describe, expect, it } from '@jest/globals';
import { ALL, escalationsFixture, MINUTE } from '../../../test/support/escalations-fixture.js';

describe('a refund that cannot be credited', () => {
  const {
    fixture,
    paid,
    drain,
    clock,
    details,
    metric,
    alertsUntil,
    listed,
    alertsOf,
    fails,
    promised,
    works,
    escalateDue,
  } = escalationsFixture();

  it('because there is no account stays in suspense while its hour goes on, and is released when there is one', async () => {
    const { alia, purchase } = await paid();
    await fixture.database.query(`update ledger_accounts set status = 'CLOSED' where id = $1`, [alia.account]);
    await fixture.ps.refund({ ...purchase, refundId: 'Suspense' });
    await drain();
    const at = clock.now();
    expect(await details('Suspense')).toMatchObject({ status: 'SUSPENDED', suspendedAt: at.toISOString() });
    expect(await metric('mpp_refunds_suspended')).toBe(1);
    expect(await alertsUntil('Suspense', 65, at)).toEqual([
      [30, ['REFUND_HALF_TIME']],
      [48, ['REFUND_SHORT_OF_TIME']],
      [60, ['REFUND_OVERDUE']],
    ]);
    expect(await listed('overdue=true')).toMatchObject([
      { refundId: 'Suspense', status: 'SUSPENDED', timeLeftMs: -5 * MINUTE },
    ]);
    await fixture.server.mpp.open(alia.id, '0.00');
    clock.advance(MINUTE);
    await drain();
    expect(await details('Suspense')).toMatchObject({
      status: 'CREDITED',
      entries: [{ purpose: 'REFUND' }, { purpose: 'REFUND_RELEASE' }],
    });
    expect(await alia.balance()).toBe('100.00');
    expect(await alertsOf('Suspense')).toEqual(['REFUND_IN_SUSPENSE', ...ALL, 'REFUND_TO_OTHER_ACCOUNT']);
    expect((await fixture.server.mpp.trialBalance()).balanced).toBe(true);
  });

  it('is tried before refunds with a later deadline, even if those have been due for longer', async () => {
    await fails();
    const names = ['First', 'Second', 'Third', 'Fourth'];
    for (const name of names) {
      await promised(name);
      clock.advance(MINUTE);
    }
    // All are due, the latest refund for the longest time.
    await fixture.database.query(
      `update outbox_messages set next_attempt_at = $1::timestamptz - (deadline - created_at) - (created_at - 'epoch')`,
      [clock.now()],
    );
    await works();
    const [last] = await fixture.database.query<{ id: string }>(
      'select coalesce(max(id), 0) as id from ledger_entries',
    );
    await drain();
    const order = await fixture.database.query<{ name: string }>(
      `select r.refund_id as name from ledger_entries e join refunds r on r.id::text = e.reference
       where e.id > $1 order by e.id`,
      [last?.id],
    );
    expect(order.map(({ name }) => name)).toEqual(names);
  });

  it('together with hundreds of others is alerted by one escalation of all of them', async () => {
    const { id } = await paid();
    await fixture.database.query(
      `with refunded as (update qr_payments set refunded_amount = 450, version = version + 1 where id = $1 returning *)
       insert into refunds (id, refund_id, fingerprint, result_code, result_message, status, customer_id,
         kaspi_payment_id, payment_id, amount, account_id, credit_by, next_escalation_at, created_at)
       select gen_random_uuid(), 'Many' || n, 'f', 'SUCCESS', 'success', 'ACCEPTED', customer_id, kaspi_payment_id, id, 1,
         account_id, $2::timestamptz + interval '1 hour', $2::timestamptz + interval '30 minutes', $2
       from refunded, generate_series(1, 450) n`,
      [id, clock.now()],
    );
    clock.advance(30 * MINUTE);
    const counts = await Promise.all([escalateDue(), escalateDue()]);
    expect((counts[0] ?? 0) + (counts[1] ?? 0) + (await escalateDue())).toBe(450);
    clock.advance(30 * MINUTE);
    expect(await escalateDue()).toBe(900);
    expect(await escalateDue()).toBe(0);
    const [{ count } = { count: 0 }] = await fixture.database.query<{ count: number }>(
      `select count(*)::int as count from alerts where subject like 'Many%'`,
    );
    expect(count).toBe(1350);
  });
});
