import { describe, expect, it } from '@jest/globals';
import { held, refuses } from '../../../test/support/core-peer.js';
import { debitFixture } from '../../../test/support/debit-fixture.js';
import { refusal } from '../../../test/support/kaspi-peer.js';

const { context, expectPaid, expectGivenBack } = debitFixture();

describe('a debit at the bank’s core', () => {
  it('is requested at once, after it is recorded; the PS gets its outcome', async () => {
    const alia = await context.fixture.customer();
    const seen: unknown[] = [];
    context.fixture.core.plan('debit', async ({ body }) => {
      const id = String((body as { reference?: string } | null)?.reference);
      seen.push(await context.fixture.operations(id), await context.fixture.journal(id));
      return 'as it should' as const;
    });
    const id = await context.fixture.debiting(alia);
    await context.fixture.quiet();
    expect(seen).toEqual([['DEBIT REQUESTED'], []]);
    expect(context.fixture.coreCalls()).toEqual(['accounts', 'debit']);
    await expectPaid(id, alia.account);
    expect(await context.fixture.operations(id)).toEqual(['DEBIT DONE']);
  });

  it('without an answer is inquired about, and requested again with the same body', async () => {
    const alia = await context.fixture.customer();
    context.fixture.core.plan('debit', 'reset');
    const id = await context.fixture.debiting(alia);
    await context.fixture.quiet();
    expect(await context.fixture.status(id)).toBe('DEBITING');
    expect(context.fixture.notifyResults(id)).toEqual([]);
    await context.fixture.repeat();
    expect(context.fixture.coreCalls()).toEqual(['accounts', 'debit', 'outcome', 'debit']);
    const [first, second] = context.fixture.core.of('debit');
    expect(second).toEqual(first);
    await expectPaid(id, alia.account);
  });

  it('whose answer was lost is found by the inquiry and not requested again', async () => {
    const alia = await context.fixture.customer();
    context.fixture.core.plan('debit', 'lost');
    const id = await context.fixture.debiting(alia);
    await context.fixture.quiet();
    await context.fixture.repeat();
    expect(context.fixture.coreCalls()).toEqual(['accounts', 'debit', 'outcome']);
    await expectPaid(id, alia.account);
  });

  it('is requested again if the inquiry has no answer either: it is made once under its id', async () => {
    const alia = await context.fixture.customer();
    context.fixture.core.plan('debit', 'lost', 'lost');
    context.fixture.core.plan('outcome', { status: 500, text: '' }, 'reset');
    const id = await context.fixture.debiting(alia);
    await context.fixture.quiet();
    for (let repeats = 0; repeats < 2; repeats++) await context.fixture.repeat();
    expect(context.fixture.coreCalls()).toEqual(['accounts', 'debit', 'outcome', 'debit', 'outcome', 'debit']);
    await expectPaid(id, alia.account);
  });

  it.each<[string, () => void]>([['at once', () => context.fixture.core.plan('debit', refuses('INSUFFICIENT_FUNDS'))]])(
    'that is refused %s is DECLINED, the PS gets PROCESS_FAIL, and the purchase is closed for other customers (R15, R38)',
    async (_, plan) => {
      const [alia, bekzat] = [await context.fixture.customer(), await context.fixture.customer()];
      plan();
      const id = await context.fixture.debiting(alia);
      await context.fixture.quiet();
      await context.fixture.repeat();
      expect(await context.fixture.row(id)).toMatchObject({ status: 'DECLINED', failure_code: 'INSUFFICIENT_FUNDS' });
      expect(context.fixture.notifyResults(id)).toEqual(['PROCESS_FAIL']);
      expect(await context.fixture.operations(id)).toEqual(['DEBIT REFUSED']);
      expect(await context.fixture.journal(id)).toEqual([]);
      const purchase = String((await context.fixture.row(id)).kaspi_payment_id).replace(/^ps-/, '');
      const second = await context.fixture.scanned(bekzat, 60_000, purchase);
      expect(await bekzat.confirm(second)).toMatchObject({ status: 409, body: { code: 'PURCHASE_CLOSED' } });
      expect(await context.fixture.operations(second)).toEqual([]);
    },
  );

  it('that the core makes, loses the answer of and then refuses is reversed: the payment is DECLINED, and nothing is lost', async () => {
    const alia = await context.fixture.customer();
    context.fixture.core.plan('debit', 'lost');
    context.fixture.core.plan('outcome', refuses('INSUFFICIENT_FUNDS'));
    context.fixture.core.plan('reversal', 'reset', 'lost');
    const id = await context.fixture.debiting(alia);
    await context.fixture.quiet();
    expect(context.fixture.core.change(alia.account)).toBe(-10_000n);
    for (let repeats = 0; repeats < 4; repeats++) await context.fixture.repeat();
    expect(await context.fixture.row(id)).toMatchObject({ status: 'DECLINED', failure_code: 'INSUFFICIENT_FUNDS' });
    expect(context.fixture.notifyResults(id)).toEqual(['PROCESS_FAIL']);
    expect(await context.fixture.operations(id)).toEqual(['DEBIT REFUSED', 'REVERSAL DONE']);
    expect(context.fixture.core.change(alia.account)).toBe(0n);
    expect(await context.fixture.journal(id)).toEqual([]);
    expect(await context.fixture.messages(id)).toEqual([]);
  });

  it('that is refused at the second attempt is reversed in any case: a debit that was never made gives nothing back', async () => {
    const alia = await context.fixture.customer();
    context.fixture.core.plan('debit', 'reset');
    context.fixture.core.plan('outcome', refuses('INSUFFICIENT_FUNDS'));
    const id = await context.fixture.debiting(alia);
    await context.fixture.quiet();
    for (let repeats = 0; repeats < 2; repeats++) await context.fixture.repeat();
    expect(await context.fixture.status(id)).toBe('DECLINED');
    expect(await context.fixture.operations(id)).toEqual(['DEBIT REFUSED', 'REVERSAL DONE']);
    expect(context.fixture.core.change(alia.account)).toBe(0n);
  });

  it('whose reversal the core refuses is alerted once, and requested until it is made', async () => {
    const alia = await context.fixture.customer();
    context.fixture.core.plan('debit', 'lost');
    context.fixture.core.plan('outcome', refuses('INSUFFICIENT_FUNDS'));
    context.fixture.core.plan('reversal', refuses('ACCOUNT_BLOCKED'), refuses('ACCOUNT_BLOCKED'));
    const id = await context.fixture.debiting(alia);
    await context.fixture.quiet();
    for (let repeats = 0; repeats < 4; repeats++) await context.fixture.repeat();
    expect(await context.fixture.alerts(id)).toEqual(['REVERSAL_REFUSED']);
    const refused = 'REVERSAL REFUSED';
    expect(await context.fixture.operations(id)).toEqual(['DEBIT REFUSED', refused, refused, 'REVERSAL DONE']);
    expect(context.fixture.core.change(alia.account)).toBe(0n);
  });

  it('whose account refuses it back is given back to another account of the customer (R41)', async () => {
    const alia = await context.fixture.customer();
    context.fixture.core.has(alia.id, { id: alia.account, preferred: true }, { id: 'savings-of-alia' });
    context.fixture.core.plan('debit', 'lost');
    context.fixture.core.plan('outcome', refuses('INSUFFICIENT_FUNDS'));
    context.fixture.core.plan('reversal', refuses('ACCOUNT_CLOSED'), 'lost');
    const id = await context.fixture.debiting(alia);
    await context.fixture.quiet();
    for (let repeats = 0; repeats < 3; repeats++) await context.fixture.repeat();
    expect(await context.fixture.operations(id)).toEqual(['DEBIT REFUSED', 'REVERSAL REFUSED', 'REVERSAL DONE']);
    const [first, second, repeated] = context.fixture.core.of('reversal');
    expect([first?.body?.accountId, second?.body?.accountId]).toEqual([alia.account, 'savings-of-alia']);
    expect(repeated?.operationId).toBe(second?.operationId);
    expect(context.fixture.core.change('savings-of-alia')).toBe(10_000n);
    expect(await context.fixture.messages(id)).toEqual([]);
  });

  it('reserves the purchase while its outcome is unknown (R33)', async () => {
    const [alia, bekzat] = [await context.fixture.customer(), await context.fixture.customer()];
    context.fixture.core.plan('debit', 'reset');
    const id = await context.fixture.debiting(alia);
    await context.fixture.quiet();
    const purchase = String((await context.fixture.row(id)).kaspi_payment_id).replace(/^ps-/, '');
    const second = await context.fixture.scanned(bekzat, 60_000, purchase);
    expect(await bekzat.confirm(second)).toMatchObject({ status: 409, body: { code: 'ALREADY_PAID' } });
    await context.fixture.repeat();
    await expectPaid(id, alia.account);
    expect(context.fixture.core.change(bekzat.account)).toBe(0n);
  });
});

describe('a debit that becomes known', () => {
  /** No lease expires during this time. */
  const WITHIN_MS = 5000;

  it.each([
    ['a millisecond before the deadline', WITHIN_MS - 1],
    ['at the deadline', WITHIN_MS],
  ])('%s is notified as SUCCESS (R16)', async (_, after) => {
    const alia = await context.fixture.customer();
    const answer = held();
    context.fixture.core.plan('debit', answer.plan);
    const id = await context.fixture.debiting(alia, WITHIN_MS);
    await answer.arrived;
    context.fixture.clock.advance(after);
    answer.release();
    await context.fixture.quiet();
    await expectPaid(id, alia.account);
  });

  it('a millisecond after the deadline is reversed, and the PS gets PROCESS_FAIL (R16)', async () => {
    const alia = await context.fixture.customer();
    const answer = held();
    context.fixture.core.plan('debit', answer.plan);
    const id = await context.fixture.debiting(alia, WITHIN_MS);
    await answer.arrived;
    context.fixture.clock.advance(WITHIN_MS + 1);
    answer.release();
    await context.fixture.quiet();
    await expectGivenBack(id, alia.account, ['PAYMENT', 'REVERSAL']);
    expect(context.fixture.coreCalls()).toEqual(['accounts', 'debit', 'reversal']);
    expect(await context.fixture.operations(id)).toEqual(['DEBIT DONE', 'REVERSAL DONE']);
  });

  it('by an inquiry after the deadline is reversed too', async () => {
    const alia = await context.fixture.customer();
    context.fixture.core.plan('debit', 'lost');
    const id = await context.fixture.debiting(alia, WITHIN_MS);
    await context.fixture.quiet();
    context.fixture.clock.advance(WITHIN_MS + 1);
    await context.fixture.quiet();
    expect(context.fixture.coreCalls()).toEqual(['accounts', 'debit', 'outcome', 'reversal']);
    await expectGivenBack(id, alia.account, ['PAYMENT', 'REVERSAL']);
  });

  it('to be refused after the deadline is DECLINED; its reversal gives nothing back', async () => {
    const alia = await context.fixture.customer();
    context.fixture.core.plan('debit', 'reset');
    context.fixture.core.plan('outcome', refuses('ACCOUNT_BLOCKED'));
    const id = await context.fixture.debiting(alia, WITHIN_MS);
    await context.fixture.quiet();
    context.fixture.clock.advance(WITHIN_MS + 1);
    await context.fixture.quiet();
    expect(await context.fixture.row(id)).toMatchObject({
      status: 'DECLINED',
      failure_code: 'DEBIT_REFUSED',
      debit_requested_at: null,
    });
    expect(context.fixture.notifyResults(id)).toEqual(['PROCESS_FAIL']);
    expect(await context.fixture.operations(id)).toEqual(['DEBIT REFUSED', 'REVERSAL DONE']);
  });
});

it('a debit of the core that the PS refuses is reversed once, and both sides agree (R11)', async () => {
  const alia = await context.fixture.customer();
  const id = await context.fixture.scanned(alia);
  context.fixture.kaspi.script = () => refusal('RISK_REJECT');
  await alia.confirm(id);
  await context.fixture.quiet();
  expect(await context.fixture.row(id)).toMatchObject({
    status: 'REVERSED',
    settled_by: 'KASPI',
    notify_result: 'SUCCESS',
  });
  expect(await context.fixture.journal(id)).toEqual(['PAYMENT', 'REVERSAL']);
  expect(context.fixture.core.change(alia.account)).toBe(0n);
  expect(context.fixture.coreCalls()).toEqual(['accounts', 'debit', 'reversal']);
});

it('after all that, the books balance', async () => {
  expect((await context.fixture.server.mpp.trialBalance()).balanced).toBe(true);
});
