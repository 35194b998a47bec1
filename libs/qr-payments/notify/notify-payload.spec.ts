import { describe, expect, it } from '@jest/globals';
import type { NotifyRequestBody } from '@mpp/kaspi';
import {
  customerId,
  type KaspiPaymentId,
  kaspiPaymentId,
  Money,
  NOTIFY_RESULTS,
  type NotifyResult,
  type PaymentId,
} from '@mpp/kernel';
import { MERCHANT, paymentThatIs } from '../../../test/support/payments.js';
import type { PayableQrType, Payment } from '../domain/payment.js';
import { notifyPayload } from './notify-payload.js';

const ID = '019a0000-0000-7000-8000-000000000001' as PaymentId;
const LONGEST_CUSTOMER = customerId('900900000001');
const LONGEST_PURCHASE = kaspiPaymentId('p'.repeat(64)) as KaspiPaymentId;

function payment(qrCodeType: PayableQrType, amount = '100.00', notifyResult: NotifyResult | null = 'SUCCESS'): Payment {
  const purchase = { kaspiPaymentId: LONGEST_PURCHASE, customerId: LONGEST_CUSTOMER, amount: Money.parse(amount) };
  return paymentThatIs('PROCESSING', { qrCodeType, id: ID, ...purchase, notifyResult });
}

function sent(of: Payment, format: 'decimal' | 'integer' = 'decimal'): NotifyRequestBody {
  return JSON.parse(notifyPayload(of, 'ru', format).body) as NotifyRequestBody;
}

describe('the request of notifyPayment', () => {
  it('for a Dynamic payment has the result, both ids, the customer, and no amount (R4)', () => {
    for (const format of ['decimal', 'integer'] as const)
      expect(sent(payment('Dynamic', '100.50'), format)).toEqual({
        result: { resultCode: 'SUCCESS', resultMessage: 'success' },
        payment: { paymentId: LONGEST_PURCHASE, mppPaymentId: ID },
        customerId: LONGEST_CUSTOMER,
      });
  });

  it.each(['Static', 'Custom'] as const)(
    'for a %s payment has its amount, with two decimals or as an integer (R2, R4)',
    (type) => {
      expect(sent(payment(type, '16900'), 'decimal').payment.paymentAmount).toBe('16900.00');
      expect(sent(payment(type, '16900'), 'integer').payment.paymentAmount).toBe('16900');
    },
  );

  it.each(['Static', 'Custom'] as const)('for a %s payment never drops tiyn in the integer format (R3)', (type) => {
    const write = () => notifyPayload(payment(type, '150.50'), 'ru', 'integer');
    expect(write).toThrow(expect.objectContaining({ code: 'AMOUNT_NOT_WHOLE' }));
  });

  it.each(['Static', 'Custom'] as const)(
    'for a %s payment that is cancelled before it has an amount has none',
    (type) => {
      const nothing = { ...payment(type, '1.00', 'CANCELLED_BY_CLIENT'), amount: null };
      expect(sent(nothing).payment).toEqual({ paymentId: LONGEST_PURCHASE, mppPaymentId: ID });
    },
  );

  it.each([
    ['a priced Custom payment that is cancelled', payment('Custom', '150', 'CANCELLED_BY_CLIENT')],
    ['a Static payment that is declined', payment('Static', '150', 'PROCESS_FAIL')],
    ['a Static payment that a limit forbids', payment('Static', '150', 'RISK_REJECT')],
  ])('for %s has the amount that was not debited', (_, undebited) => {
    expect(sent(undebited).payment.paymentAmount).toBe('150.00');
  });

  it('for a cancelled payment has the regulation’s message (R14)', () => {
    expect(sent(payment('Dynamic', '100.00', 'CANCELLED_BY_CLIENT')).result).toEqual({
      resultCode: 'CANCELLED_BY_CLIENT',
      resultMessage: 'cancelled by client',
    });
  });

  it('for a payment that a limit of the bank forbids has RISK_REJECT, without the limit', () => {
    expect(sent(payment('Static', '150', 'RISK_REJECT')).result).toEqual({
      resultCode: 'RISK_REJECT',
      resultMessage: 'the payment was not allowed',
    });
  });

  it.each(NOTIFY_RESULTS)('with %s names no personal data in its message (R15)', (result) => {
    const { resultCode, resultMessage } = sent(payment('Static', '777.00', result)).result;
    expect(resultCode).toBe(result);
    expect(resultMessage).toMatch(/^[a-z ]+$/);
    for (const personal of [LONGEST_CUSTOMER, '777', MERCHANT.name, MERCHANT.id, ID]) {
      expect(resultMessage).not.toContain(personal);
    }
  });

  it.each(NOTIFY_RESULTS)('with %s stays within the regulation’s lengths for the longest ids (R29)', (result) => {
    const dearest = payment('Custom', '999999999999999', result);
    const payload = notifyPayload(dearest, 'kk', 'decimal');
    const body = JSON.parse(payload.body) as NotifyRequestBody;
    expect(body.payment.paymentId).toBe(LONGEST_PURCHASE);
    expect(body.customerId).toHaveLength(12);
    expect(body.payment.mppPaymentId.length).toBeLessThanOrEqual(64);
    expect(body.result.resultCode.length).toBeLessThanOrEqual(64);
    expect(body.result.resultMessage).toMatch(/^.{1,256}$/);
    expect(payload.requestId).toMatch(/^[\x21-\x7e]{1,64}$/);
  });

  it('has a request id of its payment, the same after a restore, the payment and the customer’s language (R39)', () => {
    const [one, other] = [
      notifyPayload(payment('Dynamic'), 'kk', 'decimal'),
      notifyPayload(payment('Dynamic'), 'ru', 'decimal'),
    ];
    expect(one.requestId).toBe(other.requestId);
    const another = { ...payment('Dynamic'), id: '019a0000-0000-7000-8000-0000000000aa' as PaymentId };
    expect(notifyPayload(another, 'ru', 'decimal').requestId).not.toBe(one.requestId);
    expect(one).toMatchObject({ paymentId: ID, locale: 'kk', body: other.body });
  });

  it('is not made for a payment without a result', () => {
    expect(() => notifyPayload(payment('Dynamic', '100.00', null), 'ru', 'decimal')).toThrow(
      'has no result for the PS',
    );
  });
});
