import { describe, expect, it } from '@jest/globals';
import { type KaspiPaymentId, Money, type PaymentId } from '@mpp/kernel';
import { ALIA, DEADLINE, MERCHANT, PARKING, PRICE, RULES, SCANNED_AT } from '../../../test/support/payments.js';
import type { Payment } from './payment.js';
import { newPayment, type ScannedPurchase } from './scan.js';

const ID = '019a0000-0000-7000-8000-000000000001' as PaymentId;

const PURCHASE = {
  kaspiPaymentId: 'ps-1' as KaspiPaymentId,
  amount: null,
  confirmUntil: DEADLINE,
  merchant: MERCHANT,
  service: null,
};
const BY_DEADLINE = new Date('2026-03-10T06:04:58Z');
const BY_OUR_LIMIT = new Date('2026-03-10T06:15:00Z');
const SCANS: readonly (ScannedPurchase & Pick<Payment, 'status' | 'expiresAt'>)[] = [
  { ...PURCHASE, qrCodeType: 'Dynamic', amount: PRICE, status: 'AWAITING_CONFIRMATION', expiresAt: BY_DEADLINE },
  { ...PURCHASE, qrCodeType: 'Static', status: 'AWAITING_AMOUNT', expiresAt: BY_DEADLINE },
  {
    ...PURCHASE,
    qrCodeType: 'Custom',
    service: PARKING,
    // R8: these come with checkout.
    confirmUntil: null,
    merchant: null,
    status: 'AWAITING_CHECKOUT',
    expiresAt: BY_OUR_LIMIT,
  },
];

describe('a new payment', () => {
  it.each(SCANS)(
    'of a $qrCodeType QR is $status, with the data of the PS’s answer and no other',
    ({ status, expiresAt, ...purchase }) => {
      expect(newPayment(ID, ALIA, purchase, RULES, SCANNED_AT)).toEqual({
        ...purchase,
        id: ID,
        customerId: ALIA,
        status,
        version: 0,
        seenAmount: null,
        refundedAmount: Money.ZERO,
        accountId: null,
        answeredAt: SCANNED_AT,
        expiresAt,
        formValues: null,
        failure: null,
        notifyResult: null,
        debitRequestedAt: null,
        debitedAt: null,
        doubtedAt: null,
        confirmedAt: null,
        settledBy: null,
        contradiction: null,
        createdAt: SCANNED_AT,
        updatedAt: SCANNED_AT,
      });
    },
  );

  it.each(SCANS)('of a $qrCodeType QR has the PS’s deadline less the margin, else our own limit (R16)', (scan) => {
    const until = (confirmUntil: Date | null) =>
      newPayment(ID, ALIA, { ...scan, confirmUntil }, RULES, SCANNED_AT).expiresAt;
    expect(until(DEADLINE)).toEqual(BY_DEADLINE);
    expect(until(null)).toEqual(BY_OUR_LIMIT);
  });

  it('keeps an absent merchant absent (R8)', () => {
    const purchase = { ...PURCHASE, qrCodeType: 'Static' as const, merchant: null };
    expect(newPayment(ID, ALIA, purchase, RULES, SCANNED_AT).merchant).toBeNull();
  });
});
