import { Clock } from '@mpp/kernel';
import { Body, Controller, Get, Header, NotFoundException, Param, Post, Query } from '@nestjs/common';
import QrCode from 'qrcode';
import { almatyIso } from '../domain/almaty-time.js';
import { DEMO_QR_CODE } from '../domain/demo-qr.js';
import { type Purchase, statusOf } from '../domain/purchase.js';
import { newDynamicQrCode, startSale } from '../domain/sale.js';
import { Truth } from '../truth/truth.js';
import { readQrOrder } from './pos-request.js';

/** The till of a shop: it makes QR codes and looks at what was bought. It is no part of the regulation. */
@Controller('pos')
export class PosController {
  constructor(
    private readonly truth: Truth,
    private readonly clock: Clock,
  ) {}

  @Post('qr')
  createQr(@Body() body: string | undefined) {
    const order = readQrOrder(body);
    const sale = startSale({ qrCode: newDynamicQrCode(), ...order }, this.clock.now());
    this.truth.record(sale);
    const { qrCode, paymentId, amount } = sale;
    const canConfirmUntil = almatyIso(new Date(sale.canConfirmUntil));
    return { qrCode, paymentId, amount, canConfirmUntil, svg: `/pos/qr/${qrCode}.svg` };
  }

  @Get('qr/:qrCode.svg')
  @Header('Content-Type', 'image/svg+xml')
  async drawQr(@Param('qrCode') qrCode: string): Promise<string> {
    if (qrCode !== DEMO_QR_CODE && this.truth.purchases.ofQrCode(qrCode) === undefined) {
      throw new NotFoundException('there is no such QR code');
    }
    return await QrCode.toString(qrCode, { type: 'svg' });
  }

  @Get('purchases')
  listPurchases(@Query('customerId') customerId: string | undefined) {
    const now = this.clock.now();
    const purchases = this.truth.purchases.list(customerId === '' ? undefined : customerId);
    return { items: purchases.map((purchase) => purchaseItem(purchase, customerId, now)) };
  }
}

/** An open purchase has no customer of its own yet: it is shown as that of the customer who was asked for. */
function purchaseItem(purchase: Purchase, askedFor: string | undefined, now: Date) {
  const { paymentId, qrCode, amount, decision } = purchase;
  return {
    paymentId,
    mppPaymentId: decision?.mppPaymentId ?? null,
    qrCode,
    customerId: decision?.customerId ?? (askedFor || null),
    amount: amount.toString(),
    status: statusOf(purchase, now),
    result: decision?.result ?? null,
    confirmedAt: decision?.result === 'SUCCESS' ? decision.at.toISOString() : null,
    operationId: decision?.receipt?.operationId ?? null,
  };
}
