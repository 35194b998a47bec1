import { Money } from '@mpp/kernel';
import { DEMO_QR } from './demo-qr.js';
import type { QrMade } from './events.js';
import type { ShopQr } from './shop-qr.js';

/** All QR codes except Dynamic ones, which are one purchase each. Changed by {@link applyEvent} only. */
export class QrCodes {
  private readonly byCode = new Map<string, ShopQr>([[DEMO_QR.qrCode, DEMO_QR]]);

  applyEvent({ qr }: QrMade): void {
    this.byCode.set(qr.qrCode, qr.type === 'Custom' ? { ...qr, price: Money.parse(qr.price) } : qr);
  }

  findByCode(qrCode: string): ShopQr | undefined {
    return this.byCode.get(qrCode);
  }
}
