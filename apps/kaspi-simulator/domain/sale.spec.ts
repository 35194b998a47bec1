import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { almatyIso } from './almaty-time.js';
import { COFFEE_BAR } from './demo-qr.js';
import { newDynamicQrCode, startSale } from './sale.js';

const sale = { qrCode: '592', amount: Money.parse('1500'), merchant: COFFEE_BAR };
const now = new Date('2026-02-19T10:00:00.700Z');

describe('A sale', () => {
  it('can be confirmed for five minutes, told to the second as the regulation writes times (1.6)', () => {
    const { canConfirmUntil } = startSale(sale, now);
    expect(almatyIso(new Date(canConfirmUntil))).toBe('2026-02-19T15:05:00+05:00');
  });

  it('can be confirmed exactly as long as the shop asked for', () => {
    const { canConfirmUntil } = startSale({ ...sale, lifetimeMs: 1500 }, now);
    expect(almatyIso(new Date(canConfirmUntil))).toBe('2026-02-19T15:00:02.200+05:00');
  });

  it('is told in the offset that Almaty had then, +06:00 before March 2024', () => {
    expect(almatyIso(new Date('2024-02-19T09:57:41Z'))).toBe('2024-02-19T15:57:41+06:00');
  });

  it('has a paymentId and a QR code that no other sale has', () => {
    expect(startSale(sale, now).paymentId).not.toBe(startSale(sale, now).paymentId);
    expect(newDynamicQrCode()).toMatch(/^592\d{35}$/);
    expect(newDynamicQrCode()).not.toBe(newDynamicQrCode());
  });
});
