import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addMilliseconds, type CustomerId, Money } from '@mpp/kernel';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import {
  another,
  databaseOf,
  FILLED_IN,
  insertRow,
  LATER,
  MERCHANT,
  paymentThatIs,
  RULES,
  rowOf,
  SCANNED_AT,
  scanned,
  scannedAgain,
} from '../../../test/support/payments.js';
import { priced } from '../domain/checkout.js';
import type { PayableQrType, Payment } from '../domain/payment.js';
import { PAYMENT_STATUSES } from '../domain/transitions.js';
import { PaymentsRepository } from './payments.repository.js';

const TYPES: readonly PayableQrType[] = ['Dynamic', 'Static', 'Custom'];
const BEKZAT = '900900000002' as CustomerId;
const NEW_PRICE = Money.parse('250.00');
const PRICE = { amount: Money.parse('1500.00'), confirmUntil: null, merchant: MERCHANT };

describe('the newest answer of the PS about a purchase (R43)', () => {
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
  const amountOf = async (payment: Payment) => (await read(payment))?.amount;

  it.each(TYPES)('counts for every customer whose %s payment waits as after its scan', async (type) => {
    const hers = await keep(another(scanned(type)));
    const amount = type === 'Dynamic' ? NEW_PRICE : null;
    const his = scannedAgain(hers, { customerId: BEKZAT, amount, merchant: { id: '1', name: null, mcc: '7995' } });
    expect(await payments.saveScanned(his)).toEqual({ payment: his, created: true });
    expect(await read(hers)).toEqual({
      ...hers,
      version: 1,
      amount,
      seenAmount: type === 'Dynamic' ? hers.amount : null,
      confirmUntil: his.confirmUntil,
      expiresAt: his.expiresAt,
      answeredAt: LATER,
      updatedAt: LATER,
      merchant: { id: '1', name: MERCHANT.name, mcc: '7995' },
    });
  });

  it('counts also if it was saved first: an older answer takes its values', async () => {
    const newer = another(scannedAgain(scanned(), { customerId: BEKZAT, amount: NEW_PRICE }));
    await payments.saveScanned(newer);
    const { payment } = await payments.saveScanned(another(scanned(), { kaspiPaymentId: newer.kaspiPaymentId }));
    expect(payment).toMatchObject({ amount: NEW_PRICE, seenAmount: null, expiresAt: newer.expiresAt });
    expect(await read(payment)).toEqual(payment);
    expect(await read(newer)).toEqual(newer);
  });

  it.each(PAYMENT_STATUSES.filter((status) => status !== 'AWAITING_CONFIRMATION'))(
    'does not reach a payment that is %s',
    async (status) => {
      const hers = await keep(another(paymentThatIs(status)));
      const { kaspiPaymentId } = hers;
      await payments.saveScanned(scannedAgain(scanned(), { customerId: BEKZAT, kaspiPaymentId, amount: NEW_PRICE }));
      expect(await read(hers)).toEqual(hers);
    },
  );

  it('of a checkout is the price of all who await their confirm; others ask for it themselves', async () => {
    const frozenBy = async (customerId: CustomerId, of?: Payment) => {
      const changes = { formValues: FILLED_IN, customerId, ...(of && { kaspiPaymentId: of.kaspiPaymentId }) };
      return keep(another(scanned('Custom'), changes));
    };
    const hers = await frozenBy(scanned().customerId);
    const his = await frozenBy(BEKZAT, hers);
    await payments.writePriced(priced(hers, PRICE, RULES, SCANNED_AT));
    expect(await read(his)).toEqual(his);
    await payments.writePriced(priced(his, { ...PRICE, amount: NEW_PRICE }, RULES, LATER));
    expect(await read(hers)).toMatchObject({ amount: NEW_PRICE, seenAmount: PRICE.amount, answeredAt: LATER });
  });

  it('that names the amount again that the customer saw leaves nothing to see', async () => {
    const hers = await keep(another(scanned()));
    const his = (amount: Money) => payments.saveScanned(scannedAgain(hers, { customerId: BEKZAT, amount }));
    await his(NEW_PRICE);
    await his(Money.parse('300.00'));
    expect(await read(hers)).toMatchObject({ amount: Money.parse('300.00'), seenAmount: hers.amount });
    await his(hers.amount ?? NEW_PRICE);
    expect(await read(hers)).toMatchObject({ amount: hers.amount, seenAmount: null });
  });

  it('is seen once the customer was shown it, and only the amount that was shown', async () => {
    const hers = await keep(another(scanned()));
    await payments.saveScanned(scannedAgain(hers, { customerId: BEKZAT, amount: NEW_PRICE }));
    await payments.recordSeenAmount(hers);
    expect((await read(hers))?.seenAmount).toEqual(hers.amount);
    await payments.recordSeenAmount({ ...hers, amount: NEW_PRICE });
    expect((await read(hers))?.seenAmount).toBeNull();
  });

  it('is the same for twenty customers who scan at the same moment', async () => {
    const hers = another(scanned());
    const scans = Array.from({ length: 20 }, (_, n) => {
      const scan = scannedAgain(hers, {
        customerId: `70000000${n}` as CustomerId,
        amount: Money.ofTiyn(BigInt(n + 1)),
      });
      return { ...scan, answeredAt: addMilliseconds(LATER, n % 7), updatedAt: addMilliseconds(LATER, n % 7) };
    });
    await Promise.all(scans.map((scan) => payments.saveScanned(scan)));
    const amounts = await Promise.all(scans.map(amountOf));
    expect(new Set(amounts.map((amount) => amount?.tiyn)).size).toBe(1);
  });
});
