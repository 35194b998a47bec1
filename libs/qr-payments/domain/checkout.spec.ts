import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, Money } from '@mpp/kernel';
import { MERCHANT, PARKING, paymentThatIs, RULES, scanned } from '../../../test/support/payments.js';
import { type Price, priced } from './checkout.js';
import { PAYMENT_STATUSES } from './transitions.js';

const NOW = new Date('2026-03-10T06:03:00Z');
const UNTIL = new Date('2026-03-10T06:20:00Z');
const VALUES = [{ id: 3932, value: '547RBA02' }];
const CUSTOM = scanned('Custom', { merchant: null, formValues: VALUES, version: 1 });
const PRICE: Price = { amount: Money.parse('1500.00'), confirmUntil: UNTIL, merchant: MERCHANT };

describe('a Custom payment that checkout has priced', () => {
  it('awaits the customer’s confirm of that price, until the deadline that came with it (R8)', () => {
    expect(priced(CUSTOM, PRICE, RULES, NOW)).toEqual({
      ...CUSTOM,
      status: 'AWAITING_CONFIRMATION',
      version: 2,
      amount: PRICE.amount,
      confirmUntil: UNTIL,
      answeredAt: NOW,
      expiresAt: addMilliseconds(UNTIL, -RULES.marginMs),
      merchant: MERCHANT,
      updatedAt: NOW,
    });
  });

  it('has our own limit from the checkout if the PS never named a deadline (R16)', () => {
    const payment = priced({ ...CUSTOM, confirmUntil: null }, { ...PRICE, confirmUntil: null }, RULES, NOW);
    expect(payment).toMatchObject({ confirmUntil: null, expiresAt: addMilliseconds(NOW, RULES.ttlMs) });
  });

  it('keeps the deadline of the scan if checkout names none', () => {
    const confirmUntil = addMilliseconds(NOW, 60_000);
    const payment = priced({ ...CUSTOM, confirmUntil }, { ...PRICE, confirmUntil: null }, RULES, NOW);
    expect(payment).toMatchObject({ confirmUntil, expiresAt: addMilliseconds(confirmUntil, -RULES.marginMs) });
  });

  it('keeps each part of the merchant that checkout does not name, also an excluded category', () => {
    const named = { ...CUSTOM, merchant: { id: '1', name: 'Парковка', mcc: '7995' } };
    const bare = { id: null, name: 'Парковка Test', mcc: null };
    expect(priced(named, { ...PRICE, merchant: bare }, RULES, NOW).merchant).toEqual({
      id: '1',
      name: 'Парковка Test',
      mcc: '7995',
    });
  });

  it('keeps the merchant of the scan if checkout names none, and has checkout’s if both do', () => {
    const shop = { id: '1', name: 'Парковка', mcc: null };
    const named = { ...CUSTOM, merchant: shop };
    expect(priced(named, { ...PRICE, merchant: null }, RULES, NOW).merchant).toEqual(shop);
    expect(priced(named, PRICE, RULES, NOW).merchant).toEqual(MERCHANT);
    expect(priced(CUSTOM, { ...PRICE, merchant: null }, RULES, NOW).merchant).toBeNull();
  });

  it('keeps its form and its values (R37)', () => {
    expect(priced(CUSTOM, PRICE, RULES, NOW)).toMatchObject({ service: PARKING, formValues: VALUES });
  });

  it.each(PAYMENT_STATUSES.filter((status) => status !== 'AWAITING_CHECKOUT'))('cannot be one that is %s', (status) => {
    const payment = paymentThatIs(status, { qrCodeType: 'Custom' });
    expect(() => priced(payment, PRICE, RULES, NOW)).toThrow(`a payment that is ${status} cannot be priced`);
  });
});
