import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { almatyIso } from './almaty-time.js';
import { CAR_PARK, COFFEE_BAR } from './demo-qr.js';
import { deadline, makeQr, startDynamicSale, startReusableSale } from './sale.js';
import { PARKING } from './service-form.js';
import { nameInPath, newQrCode, newServiceQrCode, qrCodesNamed } from './shop-qr.js';

const sale = { qrCode: '592', amount: Money.parse('1500'), merchant: COFFEE_BAR };
const now = new Date('2026-02-19T10:00:00.700Z');

describe('A deadline', () => {
  it('is in five minutes, in whole seconds as the regulation writes times (1.6)', () => {
    expect(almatyIso(deadline(undefined, now))).toBe('2026-02-19T15:05:00+05:00');
  });

  it('is exactly after the lifetime that the shop chose', () => {
    expect(almatyIso(deadline(1500, now))).toBe('2026-02-19T15:00:02.200+05:00');
  });

  it('has the offset of Almaty at that time, +06:00 before March 2024', () => {
    expect(almatyIso(new Date('2024-02-19T09:57:41Z'))).toBe('2024-02-19T15:57:41+06:00');
  });
});

describe('A sale', () => {
  it('has a paymentId that no other sale has', () => {
    expect(startDynamicSale(sale, now).paymentId).not.toBe(startDynamicSale(sale, now).paymentId);
  });

  it('of a Dynamic QR starts with an amount and a deadline', () => {
    const canConfirmUntil = '2026-02-19T10:05:00.000Z';
    expect(startDynamicSale(sale, now)).toMatchObject({ type: 'Dynamic', amount: '1500.00', canConfirmUntil });
  });

  const offer = { qrCode: '592', merchant: COFFEE_BAR, lifetimeMs: 60_000 };
  it('of a Static QR starts with a deadline and no amount', () => {
    const canConfirmUntil = '2026-02-19T10:01:00.700Z';
    const expected = { type: 'Static', amount: null, canConfirmUntil };
    expect(startReusableSale({ ...offer, type: 'Static' }, now)).toMatchObject(expected);
  });

  it('of a Custom QR starts without an amount and a deadline', () => {
    const qr = { ...offer, type: 'Custom', service: PARKING, price: Money.parse('100') } as const;
    expect(startReusableSale(qr, now)).toMatchObject({ type: 'Custom', amount: null, canConfirmUntil: null });
  });
});

describe('A new QR code', () => {
  it('has the format of the regulation’s examples (4.1) and is unique', () => {
    expect(newQrCode('592')).toMatch(/^592\d{35}$/);
    expect(newQrCode('712')).toMatch(/^712\d{35}$/);
    expect(newServiceQrCode()).toMatch(/^https:\/\/kaspi\.kz\/pay\/\w+$/);
    expect(newQrCode('592')).not.toBe(newQrCode('592'));
    expect(newServiceQrCode()).not.toBe(newServiceQrCode());
  });

  it('has a name for paths, by which it is found', () => {
    for (const qrCode of [newQrCode('592'), newServiceQrCode()]) {
      expect(nameInPath(qrCode)).toMatch(/^\w+$/);
      expect(qrCodesNamed(nameInPath(qrCode))).toContain(qrCode);
    }
  });

  it('for a refund has a refundId', () => {
    const { qr } = makeQr({ type: 'Refund', merchant: CAR_PARK }, now);
    expect(qr).toMatchObject({ qrCode: expect.stringMatching(/^712/), refundId: expect.stringMatching(/^QR\d{12}$/) });
  });
});
