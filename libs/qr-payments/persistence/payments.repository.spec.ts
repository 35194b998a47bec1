import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addMilliseconds, type CustomerId, Money } from '@mpp/kernel';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import {
  another,
  databaseOf,
  insertRow,
  LATER,
  LATER_DEADLINE,
  MERCHANT,
  PARKING,
  paymentThatIs,
  RULES,
  rowOf,
  SCANNED_AT,
  scanned,
  scannedAgain,
} from '../../../test/support/payments.js';
import { priced } from '../domain/checkout.js';
import type { PayableQrType, Payment } from '../domain/payment.js';
import { isWaiting, PAYMENT_STATUSES } from '../domain/transitions.js';
import { PaymentsRepository } from './payments.repository.js';

const TYPES: readonly PayableQrType[] = ['Dynamic', 'Static', 'Custom'];
const CAR_WASH = { ...PARKING, id: 5301, name: 'Мойка' };
const VALUES = [{ id: 3932, value: '547RBA02' }];
const OTHER_VALUES = [{ id: 3932, value: '001AAA01' }];
const NEW_PRICE = Money.parse('250.00');
const PRICE = { amount: Money.parse('1500.00'), confirmUntil: LATER_DEADLINE, merchant: MERCHANT };

describe('payments in the database', () => {
  let database: TestDatabase;
  let payments: PaymentsRepository;

  beforeAll(async () => {
    database = await createDatabase();
    payments = new PaymentsRepository(await databaseOf(database));
  });

  afterAll(() => database.drop());

  async function keep(payment: Payment): Promise<Payment> {
    await insertRow(database, rowOf(payment));
    return payment;
  }

  const read = async ({ id, customerId }: Payment) => payments.findPayment(customerId, id);
  const history = ({ id }: Payment) =>
    database.query('select version, status, at from qr_payment_history where payment_id = $1 order by version', [id]);

  describe('a scan', () => {
    it.each(TYPES)('keeps a new %s payment as it is, with the first line of its history', async (type) => {
      const payment = another(scanned(type));
      expect(await payments.saveScanned(payment)).toEqual({ payment, created: true });
      expect(await read(payment)).toEqual(payment);
      expect(await history(payment)).toEqual([{ version: 0, status: payment.status, at: SCANNED_AT }]);
    });

    it.each(TYPES)(
      'again of a %s purchase that waits for its customer refreshes deadline and price (R33)',
      async (type) => {
        const first = another(scanned(type));
        await payments.saveScanned(first);
        const amount = type === 'Dynamic' ? NEW_PRICE : null;
        const again = scannedAgain(first, { amount });
        const refreshed = {
          ...first,
          version: 1,
          amount,
          confirmUntil: LATER_DEADLINE,
          expiresAt: addMilliseconds(LATER_DEADLINE, -RULES.marginMs),
          answeredAt: LATER,
          updatedAt: LATER,
        };
        expect(await payments.saveScanned(again)).toEqual({ payment: refreshed, created: false });
        expect(await read(first)).toEqual(refreshed);
        expect(await history(first)).toHaveLength(1);
      },
    );

    it('again adds a missing merchant, and takes what the PS says anew of a known one (R8, R43)', async () => {
      const nameless = another(scanned('Static', { merchant: null }));
      await payments.saveScanned(nameless);
      const { payment } = await payments.saveScanned(scannedAgain(nameless, { merchant: MERCHANT }));
      expect(payment.merchant).toEqual(MERCHANT);
      const other = { id: null, name: 'Other', mcc: '7995' };
      const again = await payments.saveScanned(scannedAgain(nameless, { merchant: other }));
      expect(again.payment.merchant).toEqual({ ...other, id: MERCHANT.id });
      expect((await payments.saveScanned(scannedAgain(nameless, { merchant: null }))).payment.merchant).toEqual(
        again.payment.merchant,
      );
    });

    it('again of a purchase that is decided adds a missing merchant only', async () => {
      const before = await keep(another(paymentThatIs('CONFIRMED', { merchant: { ...MERCHANT, mcc: null } })));
      const { payment } = await payments.saveScanned(scannedAgain(before, { merchant: { ...MERCHANT, id: '1' } }));
      expect(payment).toEqual({ ...before, merchant: MERCHANT });
    });

    it('again whose answer is older than the last one changes nothing', async () => {
      const { payment: before } = await payments.saveScanned(another(scannedAgain(scanned(), { amount: NEW_PRICE })));
      const older = another(scanned(), { kaspiPaymentId: before.kaspiPaymentId });
      expect(await payments.saveScanned(older)).toEqual({ payment: before, created: false });
    });

    it.each(PAYMENT_STATUSES.filter((status) => !isWaiting(status)))(
      'again of a purchase whose payment is %s changes nothing',
      async (status) => {
        for (const type of TYPES) {
          const before = await keep(another(paymentThatIs(status, { qrCodeType: type })));
          expect(await payments.saveScanned(scannedAgain(before))).toEqual({ payment: before, created: false });
          expect(await read(before)).toEqual(before);
        }
      },
    );

    it('again of a purchase that now has another type changes nothing', async () => {
      const before = await keep(another(scanned('Static')));
      const again = { ...scannedAgain(scanned('Dynamic')), kaspiPaymentId: before.kaspiPaymentId };
      expect(await payments.saveScanned(again)).toEqual({ payment: before, created: false });
    });

    it('by another customer makes a payment of their own (R33)', async () => {
      const first = await keep(another(scanned()));
      const second = scannedAgain(first, { customerId: '900900000002' as CustomerId });
      expect(await payments.saveScanned(second)).toEqual({ payment: second, created: true });
      expect(await read(first)).toMatchObject({ id: first.id, customerId: first.customerId, status: first.status });
    });

    it('twenty times at once makes one payment', async () => {
      const first = another(scanned());
      const kept = await Promise.all(Array.from({ length: 20 }, () => payments.saveScanned(scannedAgain(first))));
      expect(kept.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(kept.map(({ payment }) => payment.id)).size).toBe(1);
    });
  });

  describe('the form of a service', () => {
    const custom = () => keep(another(scanned('Custom')));
    const frozen = async () => {
      const before = await custom();
      if (!(await payments.freezeForm(before, VALUES, LATER))) throw new Error('it was not frozen');
      return { ...before, formValues: VALUES, version: before.version + 1, updatedAt: LATER };
    };

    it('freezes with its values before checkout is sent (R37)', async () => {
      const payment = await frozen();
      expect(await read(payment)).toEqual(payment);
      expect(await history(payment)).toEqual([]);
    });

    it('freezes once: neither with other values nor with the same ones again', async () => {
      const payment = await frozen();
      for (const values of [OTHER_VALUES, VALUES]) {
        expect(await payments.freezeForm(payment, values, LATER)).toBe(false);
      }
      expect(await read(payment)).toEqual(payment);
    });

    it('freezes for one of two customers at the same moment', async () => {
      const payment = await custom();
      const both = [VALUES, OTHER_VALUES].map((values) => payments.freezeForm(payment, values, LATER));
      const written = await Promise.all(both);
      expect([...written].sort()).toEqual([false, true]);
      expect((await read(payment))?.formValues).toEqual(written[0] ? VALUES : OTHER_VALUES);
    });

    it('does not freeze if the payment changed since it was read: the form may be another one', async () => {
      const payment = await custom();
      await payments.saveScanned(scannedAgain(payment, { service: CAR_WASH }));
      expect(await payments.freezeForm(payment, VALUES, LATER)).toBe(false);
      expect(await read(payment)).toMatchObject({ service: CAR_WASH, formValues: null });
    });

    it.each(['CANCELLED', 'EXPIRED', 'AWAITING_CONFIRMATION'] as const)(
      'does not freeze for a payment that is %s',
      async (status) => {
        const payment = await keep(another(paymentThatIs(status, { qrCodeType: 'Custom' })));
        expect(await payments.freezeForm(payment, VALUES, LATER)).toBe(false);
      },
    );

    it('stays as it was sent when the QR is scanned again; the deadline is refreshed (R37)', async () => {
      const payment = await frozen();
      const again = scannedAgain(payment, { service: CAR_WASH, formValues: null });
      expect((await payments.saveScanned(again)).payment).toMatchObject({
        service: PARKING,
        formValues: VALUES,
        confirmUntil: LATER_DEADLINE,
        version: payment.version + 1,
      });
    });

    it('gets its price, once, with a line in the history', async () => {
      const payment = await frozen();
      const withPrice = priced(payment, PRICE, RULES, LATER);
      expect(await payments.writePriced(withPrice)).toEqual(withPrice);
      expect(await read(payment)).toEqual(withPrice);
      expect(await history(payment)).toEqual([{ version: 2, status: 'AWAITING_CONFIRMATION', at: LATER }]);
      expect(await payments.writePriced(withPrice)).toBeNull();
      expect(await payments.writePriced({ ...withPrice, version: withPrice.version + 1 })).toBeNull();
      expect(await history(payment)).toHaveLength(1);
    });

    it('gets no price if the payment changed since it was read', async () => {
      const payment = await frozen();
      await payments.saveScanned(scannedAgain(payment));
      expect(await payments.writePriced(priced(payment, PRICE, RULES, LATER))).toBeNull();
      expect(await read(payment)).toMatchObject({ status: 'AWAITING_CHECKOUT', amount: null });
    });

    it('keeps its price when the QR is scanned again', async () => {
      const payment = await frozen();
      const withPrice = priced(payment, PRICE, RULES, LATER);
      await payments.writePriced(withPrice);
      expect(await payments.saveScanned(scannedAgain(payment))).toEqual({ payment: withPrice, created: false });
    });
  });

  describe('the debits of a customer since a moment', () => {
    const customer = '900900000077' as CustomerId;

    it('are zero without payments', async () => {
      expect(await payments.debitsSince(customer, SCANNED_AT)).toEqual({ sum: 0n, count: 0 });
    });

    it('are those of this customer at that moment or later that were not reversed', async () => {
      const debit = (status: Payment['status'], amount: string, debitedAt: Date, of = customer) =>
        keep(another(paymentThatIs(status, { amount: Money.parse(amount), customerId: of, debitedAt })));
      await debit('PROCESSING', '1.00', SCANNED_AT);
      await debit('IN_DOUBT', '20.00', LATER);
      await debit('CONFIRMED', '300.01', LATER);
      await debit('REVERSED', '4000.00', LATER);
      await debit('CONFIRMED', '50000.00', addMilliseconds(SCANNED_AT, -1));
      await debit('CONFIRMED', '600000.00', LATER, '900900000078' as CustomerId);
      await keep(another(paymentThatIs('DECLINED', { customerId: customer })));
      expect(await payments.debitsSince(customer, SCANNED_AT)).toEqual({ sum: 32_101n, count: 3 });
    });
  });
});
