import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DifferencesFixture } from '../../../test/support/differences-fixture.js';

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
