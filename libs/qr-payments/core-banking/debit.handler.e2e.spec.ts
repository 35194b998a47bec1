import { describe, expect, it } from '@jest/globals';
import { held, refuses } from '../../../test/support/core-peer.js';
import { debitWorld } from '../../../test/support/debit-world.js';
import { refusal } from '../../../test/support/kaspi-peer.js';

const { context, expectPaid, expectGivenBack } = debitWorld();

describe('a debit at the bank’s core', () => {
  it('is requested at once, after it is recorded; the PS gets its outcome', async () => {
    const alia = await context.world.customer();
    const seen: unknown[] = [];
    context.world.core.plan('debit', async ({ operationId }) => {
      seen.push(await context.world.operations(String(operationId)), await context.world.journal(String(operationId)));
      return 'as it should' as const;
    });
    const id = await context.world.debiting(alia);
    await context.world.quiet();
    expect(seen).toEqual([['DEBIT REQUESTED'], []]);
    expect(context.world.coreCalls()).toEqual(['accounts', 'debit']);
    await expectPaid(id, alia.account);
    expect(await context.world.operations(id)).toEqual(['DEBIT DONE']);
  });

  it('without an answer is inquired about, and requested again with the same body', async () => {
    const alia = await context.world.customer();
    context.world.core.plan('debit', 'reset');
    const id = await context.world.debiting(alia);
    await context.world.quiet();
    expect(await context.world.status(id)).toBe('DEBITING');
    expect(context.world.notifyResults(id)).toEqual([]);
    await context.world.repeat();
    expect(context.world.coreCalls()).toEqual(['accounts', 'debit', 'outcome', 'debit']);
    const [first, second] = context.world.core.of('debit');
    expect(second).toEqual(first);
    await expectPaid(id, alia.account);
  });

  it('whose answer was lost is found by the inquiry and not requested again', async () => {
    const alia = await context.world.customer();
    context.world.core.plan('debit', 'lost');
    const id = await context.world.debiting(alia);
    await context.world.quiet();
    await context.world.repeat();
    expect(context.world.coreCalls()).toEqual(['accounts', 'debit', 'outcome']);
    await expectPaid(id, alia.account);
  });

  it('is requested again if the inquiry has no answer either: it is made once under its id', async () => {
    const alia = await context.world.customer();
    context.world.core.plan('debit', 'lost', 'lost');
    context.world.core.plan('outcome', { status: 500, text: '' }, 'reset');
    const id = await context.world.debiting(alia);
    await context.world.quiet();
    for (let repeats = 0; repeats < 2; repeats++) await context.world.repeat();
    expect(context.world.coreCalls()).toEqual(['accounts', 'debit', 'outcome', 'debit', 'outcome', 'debit']);
    await expectPaid(id, alia.account);
  });

  it.each<[string, () => void]>([
    ['at once', () => context.world.core.plan('debit', refuses('INSUFFICIENT_FUNDS'))],
    [
      'at the second time',
      () => {
        context.world.core.plan('debit', 'reset');
        context.world.core.plan('outcome', refuses('INSUFFICIENT_FUNDS'));
      },
    ],
  ])(
    'that is refused %s is DECLINED, the PS gets PROCESS_FAIL, and another customer may pay (R15, R33)',
    async (_, plan) => {
      const [alia, bekzat] = [await context.world.customer(), await context.world.customer()];
      plan();
      const id = await context.world.debiting(alia);
      await context.world.quiet();
      await context.world.repeat();
      expect(await context.world.row(id)).toMatchObject({ status: 'DECLINED', failure_code: 'INSUFFICIENT_FUNDS' });
      expect(context.world.notifyResults(id)).toEqual(['PROCESS_FAIL']);
      expect(await context.world.operations(id)).toEqual(['DEBIT REFUSED']);
      expect(await context.world.journal(id)).toEqual([]);
      const purchase = String((await context.world.row(id)).kaspi_payment_id).replace(/^ps-/, '');
      const second = await context.world.scanned(bekzat, 60_000, purchase);
      expect((await bekzat.confirm(second)).body.status).toBe('DEBITING');
      await context.world.quiet();
      await expectPaid(second, bekzat.account);
    },
  );

  it('reserves the purchase while its outcome is unknown (R33)', async () => {
    const [alia, bekzat] = [await context.world.customer(), await context.world.customer()];
    context.world.core.plan('debit', 'reset');
    const id = await context.world.debiting(alia);
    await context.world.quiet();
    const purchase = String((await context.world.row(id)).kaspi_payment_id).replace(/^ps-/, '');
    const second = await context.world.scanned(bekzat, 60_000, purchase);
    expect(await bekzat.confirm(second)).toMatchObject({ status: 409, body: { code: 'ALREADY_PAID' } });
    await context.world.repeat();
    await expectPaid(id, alia.account);
    expect(context.world.core.change(bekzat.account)).toBe(0n);
  });
});

describe('a debit that becomes known', () => {
  /** No lease expires during this time. */
  const WITHIN_MS = 5000;

  it.each([
    ['a millisecond before the deadline', WITHIN_MS - 1],
    ['at the deadline', WITHIN_MS],
  ])('%s is notified as SUCCESS (R16)', async (_, after) => {
    const alia = await context.world.customer();
    const answer = held();
    context.world.core.plan('debit', answer.plan);
    const id = await context.world.debiting(alia, WITHIN_MS);
    await answer.arrived;
    context.world.clock.advance(after);
    answer.release();
    await context.world.quiet();
    await expectPaid(id, alia.account);
  });

  it('a millisecond after the deadline is reversed, and the PS gets PROCESS_FAIL (R16)', async () => {
    const alia = await context.world.customer();
    const answer = held();
    context.world.core.plan('debit', answer.plan);
    const id = await context.world.debiting(alia, WITHIN_MS);
    await answer.arrived;
    context.world.clock.advance(WITHIN_MS + 1);
    answer.release();
    await context.world.quiet();
    await expectGivenBack(id, alia.account, ['PAYMENT', 'REVERSAL']);
    expect(context.world.coreCalls()).toEqual(['accounts', 'debit', 'reversal']);
    expect(await context.world.operations(id)).toEqual(['DEBIT DONE', 'REVERSAL DONE']);
  });

  it('by an inquiry after the deadline is reversed too', async () => {
    const alia = await context.world.customer();
    context.world.core.plan('debit', 'lost');
    const id = await context.world.debiting(alia, WITHIN_MS);
    await context.world.quiet();
    context.world.clock.advance(WITHIN_MS + 1);
    await context.world.quiet();
    expect(context.world.coreCalls()).toEqual(['accounts', 'debit', 'outcome', 'reversal']);
    await expectGivenBack(id, alia.account, ['PAYMENT', 'REVERSAL']);
  });

  it('to be refused after the deadline is DECLINED: there is nothing to reverse', async () => {
    const alia = await context.world.customer();
    context.world.core.plan('debit', 'reset');
    context.world.core.plan('outcome', refuses('ACCOUNT_BLOCKED'));
    const id = await context.world.debiting(alia, WITHIN_MS);
    await context.world.quiet();
    context.world.clock.advance(WITHIN_MS + 1);
    await context.world.quiet();
    expect(await context.world.row(id)).toMatchObject({
      status: 'DECLINED',
      failure_code: 'DEBIT_REFUSED',
      debit_requested_at: null,
    });
    expect(context.world.notifyResults(id)).toEqual(['PROCESS_FAIL']);
    expect(await context.world.operations(id)).toEqual(['DEBIT REFUSED']);
  });
});

it('a debit of the core that the PS refuses is reversed once, and both sides agree (R11)', async () => {
  const alia = await context.world.customer();
  const id = await context.world.scanned(alia);
  context.world.kaspi.script = () => refusal('RISK_REJECT');
  await alia.confirm(id);
  await context.world.quiet();
  expect(await context.world.row(id)).toMatchObject({
    status: 'REVERSED',
    settled_by: 'KASPI',
    notify_result: 'SUCCESS',
  });
  expect(await context.world.journal(id)).toEqual(['PAYMENT', 'REVERSAL']);
  expect(context.world.core.change(alia.account)).toBe(0n);
  expect(context.world.coreCalls()).toEqual(['accounts', 'debit', 'reversal']);
});

it('after all that, the books balance', async () => {
  expect((await context.world.server.mpp.trialBalance()).balanced).toBe(true);
});
