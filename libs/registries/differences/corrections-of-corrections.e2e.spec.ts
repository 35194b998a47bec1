import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { DifferencesFixture } from '../../../test/support/differences-fixture.js';
import { ACCEPTED, PsRefunds } from '../../../test/support/ps-refunds.js';

let fixture: DifferencesFixture;

beforeAll(async () => {
  fixture = await DifferencesFixture.start();
});

beforeEach(() => fixture.beginDay());

afterAll(() => fixture.stop());

interface CorrectionBody extends Record<string, unknown> {
  id: string;
  detail?: string;
}

const correct = (entry: string | undefined, reason: string) =>
  fixture.registries.send<CorrectionBody>('POST', `ledger/entries/${entry}/correction`, { reason });

async function entryOf(purpose: string, reference: string): Promise<string | undefined> {
  const [entry] = await fixture.registries.database.query<{ id: string }>(
    'select id from ledger_entries where purpose = $1 and reference = $2',
    [purpose, reference],
  );
  return entry?.id;
}

describe('A correction of a correction', () => {
  it('of a fee is refused if another registry of the day is accepted meanwhile: the day has one fee', async () => {
    const payment = await fixture.pay();
    const take = (fee: bigint) => fixture.registries.receiveRegistry('DAILY', [fixture.row(payment, { fee })]);
    const accept = (id: string) => fixture.registries.send('POST', `registries/${id}/accept`);
    const wrong = await take(777n);
    expect((await accept(wrong.id)).status).toBe(200);
    const corrected = await correct(await entryOf('FEE', wrong.id), 'a corrected file');
    const right = await take(500n);
    expect((await accept(right.id)).status).toBe(200);
    expect(await correct(corrected.body.id, 'took the wrong one')).toMatchObject({
      status: 409,
      body: { detail: 'Комиссия за некоторые из этих дней уже принята с другим реестром.' },
    });
    // Once the other fee is corrected, the first one can be brought back, and then the other one cannot.
    const other = await correct(await entryOf('FEE', right.id), 'the first file was right');
    expect((await correct(corrected.body.id, 'the first file was right')).status).toBe(201);
    expect((await correct(other.body.id, 'and the second too')).status).toBe(409);
    const fees = await fixture.registries.database.query(
      'select ledger_fee_of_registry(id::text) as fee from registries',
    );
    expect(fees.map(({ fee }) => fee).sort()).toEqual(['0', '777']);
    // Nor can a third registry of the day be accepted.
    expect((await accept((await take(501n)).id)).status).toBe(409);
  });

  it('of a payout is refused if it was booked anew meanwhile: never more is paid than is owed', async () => {
    const payment = await fixture.pay();
    const refund = await fixture.refund(payment, 20_000n);
    await fixture.list(fixture.row(payment), fixture.refundRow(payment, refund));
    const settle = (reference: string) =>
      fixture.registries.send('POST', `settlements/${fixture.date}`, { amount: '800.00', reference });
    expect((await settle('bank-1')).status).toBe(201);
    const payout = await correct(await entryOf('PAYOUT', 'bank-1'), 'wrong reference');
    const netting = await correct(await entryOf('NETTING', 'bank-1'), 'wrong reference');
    expect((await settle('bank-2')).status).toBe(201);
    for (const { body } of [payout, netting]) {
      expect(await correct(body.id, 'it was right')).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
    }
    expect((await fixture.day()).outstanding).toBe('0.00');
    // The same call as before is answered with what it posted.
    expect((await correct(await entryOf('PAYOUT', 'bank-1'), 'wrong reference')).status).toBe(200);
    await correct(await entryOf('PAYOUT', 'bank-2'), 'the first reference was right');
    expect((await correct(payout.body.id, 'the first reference was right')).status).toBe(201);
    expect((await fixture.day()).outstanding).toBe('0.00');
    expect((await fixture.registries.server.mpp.trialBalance()).balanced).toBe(true);
  });
});

describe('Money that an operator gave to a customer or took for a difference', () => {
  const REFUSED = {
    status: 409,
    body: {
      detail:
        'Эта проводка — деньги клиента по расхождению, она не исправляется: закройте следующее расхождение этой операции.',
    },
  };

  /** The PS refunds the whole payment, and every message is delivered. */
  async function refundWhole(payment: { id: string; customerId: string }): Promise<void> {
    const { database, server, clock } = fixture.registries;
    const [found] = await database.query<{ purchase: string }>(
      'select kaspi_payment_id as purchase from qr_payments where id = $1',
      [payment.id],
    );
    const request = {
      paymentId: found?.purchase ?? '',
      customerId: payment.customerId,
      refundAmount: '1000.00',
    };
    expect((await new PsRefunds(`${server.kaspiUrl}/refund`).refund(request)).result).toEqual(ACCEPTED);
    clock.advance(1000);
    await server.app.get(Outbox, { strict: false }).drainOnce();
  }

  it('by GIVE_BACK is not taken by a correction, neither before nor after a refund of the PS: the customer has it once', async () => {
    const payment = await fixture.pay();
    const other = await fixture.pay();
    await fixture.settled(await fixture.listOne('MISSING_AT_KASPI', fixture.row(other)), 'GIVE_BACK');
    const credit = await entryOf('DIFFERENCE_CREDIT', payment.id);
    expect(await correct(credit, 'Kaspi has it after all')).toMatchObject(REFUSED);
    await refundWhole(payment);
    expect(await correct(credit, 'a mistake')).toMatchObject(REFUSED);
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
  });

  it('by GIVE_BACK is not given a second time by correcting the difference and settling it again', async () => {
    const payment = await fixture.pay();
    const other = await fixture.pay();
    const discrepancy = await fixture.listOne('MISSING_AT_KASPI', fixture.row(other));
    await fixture.settled(discrepancy, 'GIVE_BACK');
    expect((await correct(await entryOf('DIFFERENCE', payment.id), 'wrong')).status).toBe(201);
    expect(await correct(await entryOf('DIFFERENCE_CREDIT', payment.id), 'wrong')).toMatchObject(REFUSED);
    await fixture.registries.send('PATCH', `discrepancies/${discrepancy.id}`, { status: 'OPEN' });
    expect((await fixture.settle(discrepancy, 'GIVE_BACK')).status).toBe(409);
    await fixture.settled(discrepancy, 'BOOK_DIFFERENCE');
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    await fixture.expectEnded();
  });

  it('by TAKE_UP is not given a second time by a correction after a refund of the PS', async () => {
    const payment = await fixture.pay({ status: 'REVERSED' });
    const account = await fixture.accountOf(payment.customerId);
    await fixture.settled(await fixture.listOne('STATUS_MISMATCH', fixture.row(payment)), 'TAKE_UP', account);
    await refundWhole(payment);
    expect(await correct(await entryOf('DIFFERENCE_DEBIT', payment.id), 'a mistake')).toMatchObject(REFUSED);
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
  });

  it('wrongly is put right by the next registry: what was given back is taken from the account that the operator names', async () => {
    const payment = await fixture.pay();
    const other = await fixture.pay();
    await fixture.settled(await fixture.listOne('MISSING_AT_KASPI', fixture.row(other)), 'GIVE_BACK');
    const listed = await fixture.listOne('STATUS_MISMATCH', fixture.row(other), fixture.row(payment));
    await fixture.settled(listed, 'TAKE_UP', await fixture.accountOf(payment.customerId));
    expect(await fixture.balanceOf(payment.customerId)).toBe('0.00');
    await fixture.expectEnded();
  });
});
