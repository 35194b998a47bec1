import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import { happyKaspi, inTurn, refusal } from '../../test/support/kaspi-peer.js';
import { HOUR_MS, SettlementsFixture } from '../../test/support/settlements-fixture.js';

const { PAYABLE_TO_KASPI, RECEIVABLE_FROM_KASPI, BANK } = SHARED_ACCOUNTS;

let fixture: SettlementsFixture;

beforeAll(async () => {
  fixture = await SettlementsFixture.start();
});

beforeEach(() => {
  fixture.beginNextDay();
});

afterAll(() => fixture.stop());

describe('The amount that we owe Kaspi for a day', () => {
  it('is payments minus refunds, and after its payment both accounts with Kaspi are zero', async () => {
    const purchase = await fixture.buy('16900');
    await fixture.buy('1650');
    await fixture.refund(purchase, '900.00');
    expect(await fixture.readDay()).toEqual({
      date: fixture.today,
      payments: { count: 2, amount: '18550.00' },
      refunds: { count: 1, amount: '900.00' },
      owed: '17650.00',
      registry: null,
      agrees: null,
      settled: '0.00',
      outstanding: '17650.00',
      settlements: [],
    });
    expect(await fixture.balances()).toMatchObject({ payable: '18550.00', receivable: '-900.00', bank: '0.00' });

    const answer = await fixture.settle('17650.00', 'transfer-1');
    expect(answer).toMatchObject({
      status: 201,
      body: {
        settled: '17650.00',
        outstanding: '0.00',
        settlements: [
          {
            reference: 'transfer-1',
            amount: '17650.00',
            refundsTakenOff: '900.00',
            standing: '17650.00',
            settledBy: 'developer',
            settledAt: fixture.clock.now().toISOString(),
          },
        ],
      },
    });
    expect(await fixture.balances()).toMatchObject({ payable: '0.00', receivable: '0.00', bank: '17650.00' });
    expect(await fixture.entriesUnder('transfer-1')).toEqual([
      { purpose: 'NETTING', debit: PAYABLE_TO_KASPI, credit: RECEIVABLE_FROM_KASPI, amount: '90000' },
      { purpose: 'PAYOUT', debit: PAYABLE_TO_KASPI, credit: BANK, amount: '1765000' },
    ]);
    const token = await fixture.mpp.teamToken('admin');
    const { body } = await fixture.mpp.call<{ items: object[] }>('GET', '/ops/v1/audit?action=KASPI_SETTLED', {
      token,
    });
    expect(body.items[0]).toMatchObject({
      actor: 'developer',
      subject: fixture.today,
      details: { reference: 'transfer-1', amount: '17650.00', refundsTakenOff: '900.00' },
    });
  });

  it('may be paid in parts, never more than is outstanding, and later operations can be paid later', async () => {
    await fixture.buy('1000');
    expect((await fixture.settle('400.00')).body).toMatchObject({ settled: '400.00', outstanding: '600.00' });
    const tooMuch = await fixture.settle('600.01');
    expect(tooMuch).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
    expect(tooMuch.body.detail).toBe('За этот день осталось 600.00: сумма должна быть с тем же знаком и не больше.');
    expect((await fixture.settle('600')).body).toMatchObject({ outstanding: '0.00' });
    expect((await fixture.settle('0.01')).body.detail).toBe('За этот день расчёты с Kaspi завершены: платить нечего.');
    await fixture.buy('50');
    expect((await fixture.settle('50.00')).body).toMatchObject({ outstanding: '0.00', settlements: [{}, {}, {}] });
    expect(await fixture.balances()).toMatchObject({ payable: '0.00' });
  });

  it('is negative if refunds exceed payments: Kaspi pays us', async () => {
    const purchase = await fixture.buy('500');
    await fixture.settle('500.00');
    fixture.clock.advance(24 * HOUR_MS);
    fixture.renewTokens();
    const next = fixture.clock.now().toISOString().slice(0, 10);
    await fixture.refund(purchase, '120.50');
    expect(await fixture.readDay(next)).toMatchObject({ owed: '-120.50', payments: { count: 0, amount: '0.00' } });
    expect((await fixture.settle('120.50', 'x', next)).status).toBe(409);
    expect((await fixture.settle('-120.51', 'x', next)).status).toBe(409);
    expect(await fixture.settle('-120.50', 'from-kaspi', next)).toMatchObject({
      status: 201,
      body: { outstanding: '0.00' },
    });
    expect(await fixture.entriesUnder('from-kaspi')).toMatchObject([
      { purpose: 'NETTING', debit: PAYABLE_TO_KASPI, credit: RECEIVABLE_FROM_KASPI, amount: '12050' },
      { purpose: 'PAYOUT', debit: BANK, credit: PAYABLE_TO_KASPI, amount: '12050' },
    ]);
    expect(await fixture.balances()).toMatchObject({ payable: '0.00', receivable: '0.00' });
  });

  it('is zero if refunds equal payments: they are netted, and the bank transfers nothing', async () => {
    const purchase = await fixture.buy('300');
    await fixture.refund(purchase, '300.00');
    expect(await fixture.settle('0.00', 'nothing')).toMatchObject({
      status: 201,
      body: { owed: '0.00', outstanding: '0.00' },
    });
    expect(await fixture.entriesUnder('nothing')).toMatchObject([{ purpose: 'NETTING', amount: '30000' }]);
    expect((await fixture.settle('0.00', 'nothing more')).status).toBe(409);
    expect(await fixture.balances()).toMatchObject({ payable: '0.00', receivable: '0.00' });
  });

  it('includes a payment on the day of its debit in Almaty, to the last millisecond', async () => {
    fixture.clock.advance(13 * HOUR_MS - 1);
    expect(fixture.clock.now().toISOString()).toMatch(/T18:59:59.999Z$/);
    fixture.renewTokens();
    await fixture.buy('70');
    fixture.clock.advance(1);
    await fixture.buy('80');
    const tomorrow = new Date(fixture.clock.now().getTime() + 24 * HOUR_MS).toISOString().slice(0, 10);
    expect([(await fixture.readDay(fixture.today)).owed, (await fixture.readDay(tomorrow)).owed]).toEqual([
      '70.00',
      '80.00',
    ]);
    expect([
      (await fixture.settle('70', randomUUID(), fixture.today)).status,
      (await fixture.settle('80', randomUUID(), tomorrow)).status,
    ]).toEqual([201, 201]);
    fixture.clock.advance(11 * HOUR_MS);
  });

  it('includes a reversed payment only if Kaspi refunds it: then it includes both', async () => {
    fixture.kaspi.script = inTurn('notifyPayment', [refusal('RISK_REJECT')], happyKaspi({ confirmUntil: null }));
    const purchase = await fixture.buy('200', 'REVERSED');
    expect(await fixture.readDay()).toMatchObject({ payments: { count: 0 }, owed: '0.00' });
    const before = await fixture.balances();
    await fixture.refund(purchase, '150.00');
    expect(await fixture.readDay()).toMatchObject({
      payments: { count: 1, amount: '200.00' },
      refunds: { count: 1, amount: '150.00' },
      owed: '50.00',
    });
    expect((await fixture.settle('50.00')).status).toBe(201);
    // The rest is a difference: the customer got 200.00 back, of which Kaspi refunded 150.00.
    const after = await fixture.balances();
    expect(after).toMatchObject({ payable: '0.00', receivable: '0.00' });
    expect([before.differences, after.differences]).toEqual(['0.00', '-50.00']);
  });

  it('is outstanding again if accounting corrects the payout', async () => {
    await fixture.buy('90');
    await fixture.settle('90.00', 'wrong-day');
    const [entry] = await fixture.database.query<{ id: string }>(
      `select id from ledger_entries where reference = 'wrong-day'`,
    );
    const token = await fixture.mpp.teamToken('accounting');
    const path = `/ops/v1/ledger/entries/${entry?.id}/correction`;
    expect((await fixture.mpp.call('POST', path, { token, body: { reason: 'of another day' } })).status).toBe(201);
    expect(await fixture.readDay()).toMatchObject({
      settled: '0.00',
      outstanding: '90.00',
      settlements: [{ amount: '90.00', standing: '0.00' }],
    });
    expect(await fixture.settle('90.00', 'wrong-day')).toMatchObject({ status: 200, body: { outstanding: '90.00' } });
    expect(await fixture.settle('90.00', 'right-day')).toMatchObject({ status: 201, body: { outstanding: '0.00' } });
    expect(await fixture.balances()).toMatchObject({ payable: '0.00' });
  });
});

it('When all days are settled, nothing is outstanding between Kaspi and us', async () => {
  await fixture.expectNothingOutstanding();
});
