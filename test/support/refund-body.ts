import { readRefundBody } from '../../libs/refunds/intake/refund-body.js';

export const LINK = 'https://receipt.kaspi.kz/ext?TranId=a3ffba1a-5add&sale_date=2024-01-10+14:24:09.646000';

export const PDF =
  'https://receipt-test.kaspi.kz/external/receipt/download/pdf?extTranId=QR2509509530&sale_date=2025-06-02+10:00:56.407';

export const BODY = {
  refundAmount: '100.00',
  customerId: '900900000001',
  paymentId: 'abc1234567890',
  refundId: 'Ref1234567',
  linkReceipt: LINK,
};

export const read = (changes: Record<string, unknown> = {}) => readRefundBody(JSON.stringify({ ...BODY, ...changes }));

/** A body with this JSON text as its amount, quoted or not. */
export const readAmount = (raw: string) =>
  readRefundBody(JSON.stringify({ ...BODY, refundAmount: 'HERE' }).replace('"HERE"', raw));
