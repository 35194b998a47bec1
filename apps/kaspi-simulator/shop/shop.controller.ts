import { Body, Controller, Get, Header, NotFoundException, Param, Post, Query } from '@nestjs/common';
import QrCode from 'qrcode';
import { readQrOrder } from './qr-order.js';
import { RefundService } from './refund.service.js';
import type { RefundItem } from './refund-item.js';
import { readRefundOrder } from './refund-order.js';
import { ShopService } from './shop.service.js';

/** The till of a shop: it makes QR codes, looks at what was bought, and gives money back. It is no part of the regulation. */
@Controller('pos')
export class ShopController {
  constructor(
    private readonly shop: ShopService,
    private readonly refundService: RefundService,
  ) {}

  @Post('qr')
  createQr(@Body() body: string | undefined) {
    return this.shop.newQr(readQrOrder(body));
  }

  @Get('qr/:name.svg')
  @Header('Content-Type', 'image/svg+xml')
  async drawQr(@Param('name') name: string): Promise<string> {
    const qrCode = this.shop.codeNamed(name);
    if (qrCode === undefined) throw new NotFoundException('there is no such QR code');
    return await QrCode.toString(qrCode, { type: 'svg' });
  }

  @Get('purchases')
  listPurchases(@Query('customerId') customerId: string | undefined) {
    return { items: this.shop.purchases(customerId || undefined) };
  }

  /** One refund is answered with itself, several with a list. */
  @Post('refunds')
  async refund(@Body() body: string | undefined): Promise<RefundItem | undefined | { items: RefundItem[] }> {
    const order = readRefundOrder(body);
    const items = await this.refundService.refund(order);
    return order.several ? { items } : items[0];
  }

  @Get('refunds')
  listRefunds(@Query('paymentId') paymentId: string | undefined, @Query('customerId') customerId: string | undefined) {
    return {
      items: this.refundService.refunds({ paymentId: paymentId || undefined, customerId: customerId || undefined }),
    };
  }
}
