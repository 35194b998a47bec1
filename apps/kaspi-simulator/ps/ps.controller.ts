import type { IncomingHttpHeaders } from 'node:http';
import { NOTIFY_PATH, type NotifyAnswerBody, SCAN_PATH, type ScanAnswerBody } from '@mpp/kaspi/wire';
import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { dynamicScanAnswer, notifyAnswer } from './answers.js';
import { PaymentSystem } from './payment-system.js';
import { checkHeaders, readNotice, readScan } from './ps-request.js';

/** The PS's door. Bodies arrive as the text they were sent as; refusals are answered by PsRefusalFilter. */
@Controller()
export class PsController {
  constructor(private readonly paymentSystem: PaymentSystem) {}

  @Post(SCAN_PATH)
  @HttpCode(200)
  scan(@Headers() headers: IncomingHttpHeaders, @Body() body: string | undefined): ScanAnswerBody {
    checkHeaders(headers);
    return dynamicScanAnswer(this.paymentSystem.scan(readScan(body)));
  }

  @Post(NOTIFY_PATH)
  @HttpCode(200)
  notifyPayment(@Headers() headers: IncomingHttpHeaders, @Body() body: string | undefined): NotifyAnswerBody {
    checkHeaders(headers);
    return notifyAnswer(this.paymentSystem.notify(readNotice(body)));
  }
}
