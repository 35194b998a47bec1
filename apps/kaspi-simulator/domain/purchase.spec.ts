import { describe, expect, it } from '@jest/globals';
import { Money, NOTIFY_RESULTS } from '@mpp/kernel';
import { COFFEE_BAR } from './demo-qr.js';
import { existingDecision, type Notice, type Purchase, statusOf } from './purchase.js';
import { purchaseReceipt } from './receipt.js';

const DEADLINE = new Date('2026-02-19T10:05:00Z');
const IN_TIME = new Date('2026-02-19T10:04:59.999Z');

const open: Purchase = {
  type: 'Dynamic',
  paymentId: 'abc1234567890',
  qrCode: '592',
  amount: Money.parse('100.50'),
  merchant: COFFEE_BAR,
  createdAt: new Date('2026-02-19T10:00:00Z'),
  canConfirmUntil: DEADLINE,
  filledIn: null,
  scannedBy: new Set(['900900000001', '900900000002']),
  decision: null,
};

const paid: Notice = {
  result: 'SUCCESS',
  paymentId: 'abc1234567890',
  mppPaymentId: 'abcd12333',
  customerId: '900900000001',
  amount: undefined,
};

const confirmed: Purchase = {
  ...open,
  decision: { ...paid, at: IN_TIME, receipt: purchaseReceipt(2509155449, IN_TIME) },
};
const cancelled: Purchase = {
  ...open,
  decision: { ...paid, result: 'CANCELLED_BY_CLIENT', at: IN_TIME, receipt: null },
};

const CLOSING = NOTIFY_RESULTS.filter((result) => result !== 'SUCCESS');
const refusedWith = (code: string) => expect.objectContaining({ name: 'Refusal', code });

describe('A purchase at the PS', () => {
  it.each(NOTIFY_RESULTS)(
    'is decided by the first result, here %s, of a customer who scanned it, if it arrives before the deadline',
    (result) => expect(existingDecision(open, { ...paid, result }, IN_TIME)).toBeNull(),
  );

  it('cannot be paid by a customer who never scanned it', () => {
    expect(() => existingDecision(open, { ...paid, customerId: '900900000003' }, IN_TIME)).toThrow(
      refusedWith('UNKNOWN_CUSTOMER'),
    );
  });

  it('does not exist with an unknown paymentId', () => {
    expect(() => existingDecision(undefined, paid, IN_TIME)).toThrow(refusedWith('ORDER_NOT_EXIST'));
  });

  it('cannot be paid from its deadline on, to the millisecond', () => {
    expect(() => existingDecision(open, paid, DEADLINE)).toThrow(refusedWith('PAYMENT_INCORRECT_STATUS'));
  });

  it.each(CLOSING)('accepts %s also after its deadline', (result) => {
    expect(existingDecision(open, { ...paid, result }, DEADLINE)).toBeNull();
  });

  it('answers a repeat with the stored decision, also long after the deadline', () => {
    const nextYear = new Date('2027-02-19T10:05:00Z');
    expect(existingDecision(confirmed, paid, nextYear)).toBe(confirmed.decision);
    expect(existingDecision(cancelled, { ...paid, result: 'CANCELLED_BY_CLIENT' }, nextYear)).toBe(cancelled.decision);
  });

  it('answers the SUCCESS of a second customer with the decision of the first (R33)', () => {
    const second: Notice = { ...paid, customerId: '900900000002', mppPaymentId: 'another' };
    expect(existingDecision(confirmed, second, IN_TIME)).toMatchObject({ customerId: '900900000001' });
  });

  it('answers another result with the stored decision: the same paymentId, the same answer (R38)', () => {
    const cancel: Notice = { ...paid, result: 'CANCELLED_BY_CLIENT' };
    expect(existingDecision(confirmed, cancel, IN_TIME)).toBe(confirmed.decision);
    expect(existingDecision(cancelled, paid, IN_TIME)).toBe(cancelled.decision);
    expect(existingDecision(cancelled, { ...paid, customerId: '900900000002' }, IN_TIME)).toBe(cancelled.decision);
  });

  it('accepts its own amount and refuses another', () => {
    expect(existingDecision(open, { ...paid, amount: Money.parse('100.5') }, IN_TIME)).toBeNull();
    expect(() => existingDecision(open, { ...paid, amount: Money.parse('100') }, IN_TIME)).toThrow(
      refusedWith('PARAM_ILLEGAL'),
    );
  });

  it('is open until its deadline, then expired, unless it was confirmed or closed', () => {
    expect(statusOf(open, IN_TIME)).toBe('OPEN');
    expect(statusOf(open, DEADLINE)).toBe('EXPIRED');
    expect(statusOf(confirmed, DEADLINE)).toBe('CONFIRMED');
    expect(statusOf(cancelled, DEADLINE)).toBe('CLOSED');
  });
});

describe('A Static purchase at the PS', () => {
  const unpaid: Purchase = { ...open, type: 'Static', amount: null };
  const withAmount = (amount: string, notice: Notice = paid) => ({ ...notice, amount: Money.parse(amount) });

  it('is paid with the amount that its customer entered', () => {
    expect(existingDecision(unpaid, withAmount('2500'), IN_TIME)).toBeNull();
  });

  it.each(['0.00', '100.50'])('is not paid with the amount %s: it must be above zero and in whole tenge', (amount) => {
    expect(() => existingDecision(unpaid, withAmount(amount), IN_TIME)).toThrow(refusedWith('PARAM_ILLEGAL'));
  });

  it('is not paid without an amount', () => {
    expect(() => existingDecision(unpaid, paid, IN_TIME)).toThrow(refusedWith('PARAM_ILLEGAL'));
  });

  it('keeps the amount of its first SUCCESS', () => {
    const settled: Purchase = { ...confirmed, type: 'Static', amount: Money.parse('2500') };
    expect(existingDecision(settled, withAmount('2500.00'), DEADLINE)).toBe(settled.decision);
    for (const other of [withAmount('2501'), paid]) {
      expect(() => existingDecision(settled, other, DEADLINE)).toThrow(refusedWith('PARAM_ILLEGAL'));
    }
  });

  it.each(CLOSING)('is closed by %s with or without an amount', (result) => {
    expect(existingDecision(unpaid, { ...paid, result }, IN_TIME)).toBeNull();
    expect(existingDecision(unpaid, withAmount('100.50', { ...paid, result }), IN_TIME)).toBeNull();
  });

  it('cannot be paid from its deadline on', () => {
    expect(() => existingDecision(unpaid, withAmount('2500'), DEADLINE)).toThrow(
      refusedWith('PAYMENT_INCORRECT_STATUS'),
    );
  });
});

describe('A Custom purchase at the PS', () => {
  const scanned: Purchase = { ...open, type: 'Custom', amount: null, canConfirmUntil: null };
  const priced: Purchase = { ...open, type: 'Custom', amount: Money.parse('100'), filledIn: [] };
  const withAmount = (amount: string) => ({ ...paid, amount: Money.parse(amount) });

  it('cannot be paid before its checkout, whatever the amount', () => {
    for (const notice of [paid, withAmount('100'), withAmount('0.50')]) {
      expect(() => existingDecision(scanned, notice, IN_TIME)).toThrow(refusedWith('PAYMENT_INCORRECT_STATUS'));
    }
  });

  it('is open before its checkout, without a deadline', () => {
    expect(statusOf(scanned, new Date('2027-02-19T10:05:00Z'))).toBe('OPEN');
  });

  it('is paid only with the price of its checkout', () => {
    expect(existingDecision(priced, withAmount('100.00'), IN_TIME)).toBeNull();
    for (const notice of [paid, withAmount('101'), withAmount('0')]) {
      expect(() => existingDecision(priced, notice, IN_TIME)).toThrow(refusedWith('PARAM_ILLEGAL'));
    }
  });

  it('cannot be paid if its price has tiyn: a SUCCESS has whole tenge (4.3)', () => {
    const withTiyn = { ...priced, amount: Money.parse('100.50') };
    expect(() => existingDecision(withTiyn, withAmount('100.50'), IN_TIME)).toThrow(refusedWith('PARAM_ILLEGAL'));
  });

  it.each(CLOSING)('is closed by %s before and after its checkout, with or without an amount', (result) => {
    for (const purchase of [scanned, priced]) {
      expect(existingDecision(purchase, { ...paid, result }, IN_TIME)).toBeNull();
      expect(existingDecision(purchase, { ...withAmount('7'), result }, IN_TIME)).toBeNull();
    }
  });
});

describe('A receipt', () => {
  it('has the links of the regulation, in the time of Almaty and with a raw + before the time (4.3, R32)', () => {
    expect(purchaseReceipt(2509155449, new Date('2024-12-05T07:05:10.285Z'))).toEqual({
      operationId: 'QR2509155449',
      linkReceipt: 'https://receipt-test.kaspi.kz/web?extTranId=QR2509155449&sale_date=2024-12-05+12:05:10.285',
      pdfReceipt:
        'https://receipt-test.kaspi.kz/external/receipt/download/pdf?extTranId=QR2509155449&sale_date=2024-12-05+12:05:10.285',
    });
  });
});
