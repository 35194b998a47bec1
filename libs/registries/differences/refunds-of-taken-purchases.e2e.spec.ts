import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DifferencesFixture } from '../../../test/support/differences-fixture.js';

// Whoever was debited for a purchase by an operator gets its refund; nobody else does (R19, R40).

let fixture: DifferencesFixture;

beforeAll(async () => {
  fixture = await DifferencesFixture.start();
});

beforeEach(() => fixture.beginDay());

afterAll(() => fixture.stop());

let operations = 300_000;
/** A cancelled payment that Kaspi lists as a purchase, for which the operator debited the customer's account of 1500.00. */
async function takenCancelled() {
  const payment = await fixture.pay({ status: 'CANCELLED' });
  const account = await fixture.registries.server.mpp.open(payment.customerId, '1500.00');
  await fixture.settled(await fixture.listOne('STATUS_MISMATCH', fixture.row(payment)), 'TAKE_UP', account);
  expect(await fixture.balanceOf(payment.customerId)).toBe('500.00');
  return payment;
}

describe('a cancelled payment whose customer an operator debited for the purchase', () => {
  it('is refunded in parts when Kaspi asks, up to the purchase', async () => {
    const payment = await takenCancelled();
    expect([
      await fixture.refundByKaspi(payment, '400.00'),
      await fixture.refundByKaspi(payment, '600.01'),
      await fixture.refundByKaspi(payment, '600.00'),
    ]).toEqual(['SUCCESS', 'PARAM_ILLEGAL', 'SUCCESS']);
    expect(await fixture.balanceOf(payment.customerId)).toBe('1500.00');
    expect(await fixture.refundByKaspi(payment, '0.01')).toBe('PARAM_ILLEGAL');
    expect((await fixture.registries.server.mpp.trialBalance()).balanced).toBe(true);
  });

  it('is refunded once, by the registry and by Kaspi’s request, whichever comes first', async () => {
    for (const listedFirst of [true, false]) {
      fixture.beginDay();
      const payment = await takenCancelled();
      const operation = `QR${++operations}`;
      const row = fixture.row(payment, { type: 'Возврат', fee: 0n, kaspiOperationId: operation });
      const listed = async () => fixture.list(fixture.row(payment), row);
      if (listedFirst) {
        const missing = (await listed()).find(({ kind }) => kind === 'MISSING_AT_MPP');
        await fixture.settled({ id: missing?.id ?? '' }, 'TAKE_UP');
        expect(await fixture.refundByKaspi(payment, '1000.00', operation)).toBe('SUCCESS');
      } else {
        expect(await fixture.refundByKaspi(payment, '1000.00', operation)).toBe('SUCCESS');
        expect((await listed()).map(({ kind }) => kind)).toEqual([]);
      }
      expect(await fixture.balanceOf(payment.customerId)).toBe('1500.00');
      // Kaspi's request is of today, and not of the day of the registry.
      if (listedFirst) await fixture.expectEnded();
    }
  });

  it('that is only a claim is not refunded: the customer paid nothing', async () => {
    const payment = await fixture.pay({ status: 'CANCELLED' });
    await fixture.registries.server.mpp.open(payment.customerId, '1500.00');
    await fixture.settled(await fixture.listOne('STATUS_MISMATCH', fixture.row(payment)), 'TAKE_UP');
    expect(await fixture.refundByKaspi(payment, '1000.00')).toBe('PARAM_ILLEGAL');
    expect(await fixture.balanceOf(payment.customerId)).toBe('1500.00');
  });
});

describe('a payment whose customer an operator debited for the rest of a larger purchase', () => {
  it('is refunded in the amount of the purchase, not above it', async () => {
    const payment = await fixture.pay();
    const account = await fixture.registries.server.mpp.open(payment.customerId, '500.00');
    const row = fixture.row(payment, { amount: 130_000n });
    await fixture.settled(await fixture.listOne('AMOUNT_MISMATCH', row), 'TAKE_UP', account);
    expect(await fixture.balanceOf(payment.customerId)).toBe('200.00');
    expect([await fixture.refundByKaspi(payment, '1300.01'), await fixture.refundByKaspi(payment, '1300.00')]).toEqual([
      'PARAM_ILLEGAL',
      'SUCCESS',
    ]);
    expect(await fixture.balanceOf(payment.customerId)).toBe('1500.00');
    expect((await fixture.registries.server.mpp.trialBalance()).balanced).toBe(true);
  });
});

describe('a purchase that Kaspi lists for another customer', () => {
  async function listedFor(customerId: string) {
    const payment = await fixture.pay();
    const account = await fixture.registries.server.mpp.open(customerId, '1000.00');
    const purchase = fixture.row(payment, { customerId });
    const mismatch = await fixture.listOne('CUSTOMER_MISMATCH', purchase);
    const refundRow = { ...purchase, type: 'Возврат', fee: 0n, kaspiOperationId: `QR${++operations}` } as const;
    const missing = async () =>
      (await fixture.list(purchase, refundRow)).find(({ kind }) => kind === 'MISSING_AT_MPP') ?? { id: '' };
    return { payment, account, mismatch, missing };
  }

  it('who was not debited is not paid its refund: nobody paid', async () => {
    const { payment, account, mismatch, missing } = await listedFor('900301');
    await fixture.settled(mismatch, 'GIVE_BACK');
    expect(await fixture.settle(await missing(), 'TAKE_UP', account)).toMatchObject({ status: 422 });
    expect([await fixture.balanceOf(payment.customerId), await fixture.balanceOf('900301')]).toEqual([
      '1000.00',
      '1000.00',
    ]);
  });

  it('who was debited is paid its refund once', async () => {
    const { payment, account, mismatch, missing } = await listedFor('900302');
    await fixture.settled(mismatch, 'TAKE_UP', account);
    await fixture.settled(await missing(), 'TAKE_UP', account);
    expect([await fixture.balanceOf(payment.customerId), await fixture.balanceOf('900302')]).toEqual([
      '1000.00',
      '1000.00',
    ]);
  });
});

describe('an operation that only Kaspi has, whose difference was corrected', () => {
  it.each([
    ['Покупка', '900311', '300.00'],
    ['Возврат', '900312', '1700.00'],
  ] as const)(
    '%s: the customer’s money is moved once, and back if Kaspi withdraws it',
    async (type, customer, moved) => {
      const account = await fixture.registries.server.mpp.open(customer, '1000.00');
      const given = type === 'Покупка' ? {} : ({ type, fee: 0n, rate: '' } as const);
      const row = fixture.unknownRow({ kaspiOperationId: `QR${++operations}`, customerId: customer, ...given });
      const { settlement } = await fixture.settled(await fixture.listOne('MISSING_AT_MPP', row), 'TAKE_UP', account);
      expect(await fixture.balanceOf(customer)).toBe(moved);
      const [entry] = await fixture.registries.database.query<{ id: string }>(
        `select id from ledger_entries where reference = $1 and purpose = 'DIFFERENCE'`,
        [settlement?.reference],
      );
      const correction = { reason: 'the amount is doubtful' };
      expect((await fixture.registries.send('POST', `ledger/entries/${entry?.id}/correction`, correction)).status).toBe(
        201,
      );
      const again = await fixture.listOne('STATUS_MISMATCH', row);
      expect(await fixture.settle(again, 'TAKE_UP', account)).toMatchObject({ status: 409 });
      await fixture.settled(again, 'TAKE_UP');
      expect(await fixture.balanceOf(customer)).toBe(moved);
      const withdrawn = await fixture.listOne('STATUS_MISMATCH', { ...row, confirmed: 'НЕТ' });
      await fixture.settled(withdrawn, 'GIVE_BACK', account);
      expect(await fixture.balanceOf(customer)).toBe('1000.00');
      await fixture.expectEnded();
    },
  );
});

describe('a refund of a purchase that is not known', () => {
  it('and that was taken up is not credited again when Kaspi asks for it: it is refused, and operators are alerted', async () => {
    const payment = await fixture.pay();
    const operation = `QR${++operations}`;
    const account = await fixture.accountOf(payment.customerId);
    const row = fixture.unknownRow({
      type: 'Возврат',
      fee: 0n,
      rate: '',
      kaspiOperationId: operation,
      amount: 30_000n,
    });
    const unknown = { ...row, customerId: payment.customerId };
    await fixture.settled(await fixture.listOne('MISSING_AT_MPP', fixture.row(payment), unknown), 'TAKE_UP', account);
    expect(await fixture.refundByKaspi(payment, '300.00', operation)).toBe('PARAM_ILLEGAL');
    expect(await fixture.balanceOf(payment.customerId)).toBe('300.00');
    const alerts = await fixture.registries.database.query(
      `select details ->> 'refusal' as refusal from alerts where kind = 'REFUND_REFUSED' and subject = $1`,
      [`Ref-${operation}`],
    );
    expect(alerts).toEqual([{ refusal: 'TAKEN_UP' }]);
    await fixture.expectEnded();
  });

  it('and that is taken up while Kaspi asks for it is credited once, whichever comes first', async () => {
    for (let time = 0; time < 6; time++) {
      fixture.beginDay();
      const payment = await fixture.pay();
      const operation = `QR${++operations}`;
      const account = await fixture.accountOf(payment.customerId);
      const row = fixture.unknownRow({
        type: 'Возврат',
        fee: 0n,
        rate: '',
        kaspiOperationId: operation,
        amount: 30_000n,
      });
      const unknown = { ...row, customerId: payment.customerId };
      const discrepancy = await fixture.listOne('MISSING_AT_MPP', fixture.row(payment), unknown);
      const [code, { status }] = await Promise.all([
        fixture.refundByKaspi(payment, '300.00', operation),
        fixture.settle(discrepancy, 'TAKE_UP', account),
      ]);
      expect([
        ['SUCCESS', 409],
        ['PARAM_ILLEGAL', 200],
      ]).toContainEqual([code, status]);
      expect(await fixture.balanceOf(payment.customerId)).toBe('300.00');
    }
  });
});
