import { Body, Controller, Get, Header, NotFoundException, Param, Post, Query } from '@nestjs/common';
import QrCode from 'qrcode';
import { readQrOrder } from './pos-request.js';
import { Shop } from './shop.js';

/** The till of a shop: it makes QR codes and looks at what was bought. It is no part of the regulation. */
@Controller('pos')
export class PosController {
  constructor(private readonly shop: Shop) {}

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
}
