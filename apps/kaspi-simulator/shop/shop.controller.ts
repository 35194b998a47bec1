import { Body, Controller, Get, Header, NotFoundException, Param, Post, Query } from '@nestjs/common';
import QrCode from 'qrcode';
import { readQrOrder } from './qr-order.js';
import { RefundService } from './refund.service.js';
import type { RefundItem } from './refund-item.js';
import { readRefundOrder } from './refund-order.js';
import { ShopService } from './shop.service.js';

/** A shop: makes QR codes, lists purchases, and refunds them. Not part of the regulation. */
@Controller('pos')
export class ShopController {
  constructor(
    private readonly shop: ShopService,
    private readonly refundService: RefundService,
  ) {}

  @Post('qr')
  createQr(@Body() body: string | undefined) {
    return this.shop.createQr(readQrOrder(body));
  }

  @Get('qr/:name.svg')
  @Header('Content-Type', 'image/svg+xml')
  async drawQr(@Param('name') name: string): Promise<string> {
    const qrCode = this.shop.findQrCode(name);
    if (qrCode === undefined) throw new NotFoundException('there is no such QR code');
    return await QrCode.toString(qrCode, { type: 'svg' });
  }

  @Get('purchases')
  listPurchases(@Query('customerId') customerId: string | undefined) {
    return { items: this.shop.listPurchases(customerId || undefined) };
  }

  /** The answer is the refund, or a list if the request has `times`. */
  @Post('refunds')
  async refund(@Body() body: string | undefined): Promise<RefundItem | undefined | { items: RefundItem[] }> {
    const order = readRefundOrder(body);
    const items = await this.refundService.refundPurchase(order);
    return order.several ? { items } : items[0];
  }

  @Get('refunds')
  listRefunds(@Query('paymentId') paymentId: string | undefined, @Query('customerId') customerId: string | undefined) {
    return {
      items: this.refundService.listRefunds({ paymentId: paymentId || undefined, customerId: customerId || undefined }),
    };
  }
}
