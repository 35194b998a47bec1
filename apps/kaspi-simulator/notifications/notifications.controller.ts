import { Body, Controller, Get, Header, Headers, HttpCode, Post, Query } from '@nestjs/common';
import { CanFail } from '../faults/can-fail.js';
import { phonePage } from './phone-page.js';
import { PushGateway } from './push-gateway.js';

/** Receives the participant's notifications (Standard Webhooks) and shows them. Not part of the regulation. */
@Controller()
export class NotificationsController {
  constructor(private readonly gateway: PushGateway) {}

  @Post('notifications')
  @HttpCode(204)
  @CanFail('notification')
  receive(
    @Headers('webhook-id') id: string | undefined,
    @Headers('webhook-timestamp') timestamp: string | undefined,
    @Headers('webhook-signature') signature: string | undefined,
    @Body() body: string | undefined,
  ): void {
    this.gateway.receive({ id, timestamp, signature }, body ?? '');
  }

  @Get('notifications')
  list(@Query('customerId') customerId: string | undefined, @Query('type') type: string | undefined) {
    return { items: this.gateway.listNotifications({ customerId: customerId || undefined, type: type || undefined }) };
  }

  @Get('phone')
  @Header('Content-Type', 'text/html; charset=utf-8')
  showPhone(@Query('customerId') customerId: string | undefined): string {
    return customerId ? phonePage(customerId, this.gateway.listPushed(customerId)) : phonePage(null, []);
  }
}
