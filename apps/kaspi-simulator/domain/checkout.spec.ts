import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { checkOut } from './checkout.js';
import { CAR_PARK } from './demo-qr.js';
import type { Purchase } from './purchase.js';
import { type FilledForm, PARKING } from './service-form.js';
import type { CustomQr } from './shop-qr.js';

const NOW = new Date('2026-02-19T10:00:00Z');
const qr: CustomQr = {
  type: 'Custom',
  qrCode: 'https://kaspi.kz/pay/1',
  merchant: CAR_PARK,
  service: PARKING,
  price: Money.parse('250'),
  lifetimeMs: undefined,
};
const scanned: Purchase = {
  type: 'Custom',
  paymentId: 'abc',
  qrCode: qr.qrCode,
  amount: null,
  merchant: CAR_PARK,
  createdAt: NOW,
  canConfirmUntil: null,
  filledIn: null,
  scannedBy: new Set(['900900000001']),
  decision: null,
};
const form: FilledForm = {
  paymentId: 'abc',
  serviceId: PARKING.serviceId,
  parameters: [
    { id: 3932, value: '547RBA02' },
    { id: 3933, value: 'A' },
    { id: 3934, value: 'Алматы' },
  ],
};
const invalid: FilledForm = { ...form, parameters: [] };
const checkedOut: Purchase = { ...scanned, amount: qr.price, filledIn: form.parameters, canConfirmUntil: NOW };
const refusedWith = (code: string) => expect.objectContaining({ name: 'Refusal', code });

describe('A checkout', () => {
  it('sets the price and the deadline, and stores the values of the form', () => {
    expect(checkOut(scanned, qr, form, NOW)).toEqual({
      event: 'checked-out',
      at: NOW.toISOString(),
      paymentId: 'abc',
      parameters: form.parameters,
      amount: '250.00',
      canConfirmUntil: '2026-02-19T10:05:00.000Z',
    });
  });

  it('with an incomplete form is refused with PARAM_ILLEGAL', () => {
    expect(() => checkOut(scanned, qr, invalid, NOW)).toThrow(refusedWith('PARAM_ILLEGAL'));
  });

  it.each([
    ['the same', form],
    ['other, even invalid,', invalid],
  ])('that is repeated with %s values changes nothing (R37)', (_what, repeated) => {
    const before = new Date(NOW.getTime() - 1);
    expect(checkOut(checkedOut, qr, repeated, before)).toBeNull();
  });

  it('is refused with EXPIRED_CODE from the deadline on', () => {
    expect(() => checkOut(checkedOut, qr, form, NOW)).toThrow(refusedWith('EXPIRED_CODE'));
  });

  it('of a cancelled purchase is refused with PROCESS_FAIL', () => {
    const decision = { customerId: '1', mppPaymentId: 'm', at: NOW, receipt: null };
    const cancelled: Purchase = { ...scanned, decision: { ...decision, result: 'CANCELLED_BY_CLIENT' } };
    expect(() => checkOut(cancelled, qr, form, NOW)).toThrow(refusedWith('PROCESS_FAIL'));
  });
});
