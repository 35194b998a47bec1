import { describe, expect, it } from '@jest/globals';
import { PRICED_AT, paymentRowsFixture, row } from '../../../test/support/payment-rows.js';
import { another, type Columns, PARKING, paymentThatIs, rowOf } from '../../../test/support/payments.js';
import type { PayableQrType } from '../domain/payment.js';
import { isWaiting, PAYMENT_STATUSES, type PaymentStatus } from '../domain/transitions.js';

const VALUES = JSON.stringify([{ id: 3932, value: '547RBA02' }]);
function rowOfType(qrCodeType: PayableQrType, status: PaymentStatus, columns: Columns = {}): Columns {
  return { ...rowOf(another(paymentThatIs(status, { qrCodeType, amount: null }))), ...columns };
}

/** The rules that the database enforces, even for the owner of the tables. */
describe('a payment in the database', () => {
  const { expectRefused, insert, update, refusalOf, SETTLED } = paymentRowsFixture();

  describe('has a last moment for a confirm only while it waits for one', () => {
    it.each(PAYMENT_STATUSES.filter(isWaiting))('%s has one', async (status) => {
      await expectRefused(() => insert(row(status, { expires_at: null })), 'qr_payments_waiting');
      const id = await insert(row(status));
      await expectRefused(() => update(id, { expires_at: null }), 'qr_payments_waiting');
      expect(await refusalOf(() => update(id, { expires_at: '2099-01-01T00:00:00Z' }))).toBeNull();
    });

    it.each(PAYMENT_STATUSES.filter((status) => !isWaiting(status)))('%s has none', async (status) => {
      await expectRefused(() => insert(row(status, { expires_at: PRICED_AT })), 'qr_payments_waiting');
    });
  });

  it.each(['Static', 'Custom'] as const)(
    'of a %s QR is of whole tenge, because the PS receives its amount (R3)',
    async (type) => {
      const of = (amount: number) => rowOfType(type, 'PROCESSING', { amount });
      await expectRefused(() => insert(of(15_050)), 'qr_payments_whole_tenge');
      expect(await refusalOf(() => insert(of(15_000)))).toBeNull();
      expect(await refusalOf(() => insert(rowOfType('Dynamic', 'PROCESSING', { amount: 15_050 })))).toBeNull();
    },
  );

  describe('of a service', () => {
    const custom = (status: PaymentStatus, columns: Columns = {}) =>
      rowOfType('Custom', status, { ...(status !== 'AWAITING_CHECKOUT' && { amount: 10_000 }), ...columns });

    it('has a form; other payments have none', async () => {
      await expectRefused(() => insert(custom('AWAITING_CHECKOUT', { service: null })), 'qr_payments_form');
      const service = JSON.stringify(PARKING);
      await expectRefused(() => insert(row('AWAITING_CONFIRMATION', { service })), 'qr_payments_form');
      await expectRefused(() => insert(row('AWAITING_AMOUNT', { service })), 'qr_payments_form');
    });

    it('has a price before it awaits a confirm', async () => {
      await expectRefused(() => insert(custom('AWAITING_CONFIRMATION', { amount: null })), 'qr_payments_priced');
      await expectRefused(() => insert(row('AWAITING_CONFIRMATION', { amount: null })), 'qr_payments_priced');
      const id = await insert(custom('AWAITING_CHECKOUT'));
      await expectRefused(() => update(id, { status: 'AWAITING_CONFIRMATION' }), 'qr_payments_priced');
    });

    it('has no price before its values are frozen: no debit for a form that was never sent (R37)', async () => {
      for (const status of ['AWAITING_CONFIRMATION', 'PROCESSING', 'CONFIRMED'] as const) {
        await expectRefused(() => insert(custom(status, { form_values: null })), 'qr_payments_filled_in');
      }
    });

    it('may get another form until its values are frozen', async () => {
      const id = await insert(custom('AWAITING_CHECKOUT'));
      const service = JSON.stringify({ ...PARKING, name: 'Мойка' });
      expect(await refusalOf(() => update(id, { service }))).toBeNull();
      expect(await refusalOf(() => update(id, { service, form_values: VALUES }))).toBeNull();
    });

    it.each(['AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION', 'PROCESSING', 'CONFIRMED', 'CANCELLED', 'EXPIRED'] as const)(
      'that is %s cannot change its frozen values or their form (R37)',
      async (status) => {
        const id = await insert(custom(status, { form_values: VALUES }));
        for (const change of [
          { form_values: JSON.stringify([{ id: 3932, value: '001AAA01' }]) },
          { form_values: '[]' },
          { form_values: null },
          { service: JSON.stringify({ ...PARKING, id: 1 }) },
        ]) {
          await expectRefused(() => update(id, change), SETTLED);
        }
        expect(await refusalOf(() => update(id, { form_values: VALUES, version: 9 }))).toBeNull();
      },
    );
  });

  it.each([
    ['an amount of zero', { amount: 0 }, 'qr_payments_amount_check'],
    ['a negative amount', { amount: -1 }, 'qr_payments_amount_check'],
    ['a negative refunded amount', { refunded_amount: -1 }, 'qr_payments_refunded_amount_check'],
    ['an unknown status', { status: 'PAID' }, /qr_payments_status_check/],
    ['an unknown QR type', { qr_code_type: 'Paper' }, 'qr_payments_qr_code_type_check'],
    ['no customer', { customer_id: '' }, 'qr_payments_customer_id_check'],
    ['no purchase', { kaspi_payment_id: '' }, 'qr_payments_kaspi_payment_id_check'],
  ])('cannot have %s', async (_, columns, error) => {
    await expectRefused(() => insert(row('AWAITING_CONFIRMATION', columns)), error);
  });
});
