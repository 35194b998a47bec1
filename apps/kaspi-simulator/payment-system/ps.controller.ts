import type { IncomingHttpHeaders } from 'node:http';
import {
  CHECKOUT_PATH,
  type CheckoutAnswerBody,
  NOTIFY_PATH,
  type NotifyAnswerBody,
  SCAN_PATH,
  type ScanAnswerBody,
} from '@mpp/kaspi/wire';
import { Body, Controller, Headers, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CanFail } from '../faults/can-fail.js';
import { refusesAnotherResult } from '../faults/planned-refusals.js';
import { checkoutAnswer, notifyAnswer, scanAnswer } from './answers.js';
import { PaymentSystem } from './payment-system.js';
import { checkHeaders, readCheckout, readNotice, readScan } from './ps-request.js';

/** Kaspi Pay's methods for participants. Bodies arrive as text; PsRefusalFilter answers refusals. */
@Controller()
export class PsController {
  constructor(private readonly paymentSystem: PaymentSystem) {}

  @Post(SCAN_PATH)
  @HttpCode(200)
  @CanFail('scan')
  scan(@Headers() headers: IncomingHttpHeaders, @Body() body: string | undefined): ScanAnswerBody {
    checkHeaders(headers);
    return scanAnswer(this.paymentSystem.scan(readScan(body)));
  }

  @Post(CHECKOUT_PATH)
  @HttpCode(200)
  @CanFail('checkout')
  checkout(@Headers() headers: IncomingHttpHeaders, @Body() body: string | undefined): CheckoutAnswerBody {
    checkHeaders(headers);
    return checkoutAnswer(this.paymentSystem.checkout(readCheckout(body)));
  }

  @Post(NOTIFY_PATH)
  @HttpCode(200)
  @CanFail('notifyPayment')
  notifyPayment(
    @Headers() headers: IncomingHttpHeaders,
    @Body() body: string | undefined,
    @Req() request: FastifyRequest,
  ): NotifyAnswerBody {
    checkHeaders(headers);
    return notifyAnswer(this.paymentSystem.notify(readNotice(body), refusesAnotherResult(request)));
  }
}
