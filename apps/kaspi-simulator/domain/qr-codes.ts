import { Money } from '@mpp/kernel';
import { DEMO_QR } from './demo-qr.js';
import type { QrMade } from './events.js';
import type { ShopQr } from './shop-qr.js';

/** The QR codes that are not one Dynamic purchase each. It changes by {@link apply} alone. */
export class QrCodes {
  private readonly byCode = new Map<string, ShopQr>([[DEMO_QR.qrCode, DEMO_QR]]);

  apply({ qr }: QrMade): void {
    this.byCode.set(qr.qrCode, qr.type === 'Custom' ? { ...qr, price: Money.parse(qr.price) } : qr);
  }

  find(qrCode: string): ShopQr | undefined {
    return this.byCode.get(qrCode);
  }
}
