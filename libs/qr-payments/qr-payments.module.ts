import { KaspiModule } from '@mpp/kaspi';
import { LedgerModule } from '@mpp/ledger';
import { ReceiptsModule } from '@mpp/receipts';
import { Module } from '@nestjs/common';
import { CustomPayments } from './custom-payments.js';
import { Decisions } from './decisions.js';
import { Expiry } from './expiry.js';
import { PaymentsController } from './http/payments.controller.js';
import { ScansController } from './http/scans.controller.js';
import { Limits } from './limits.service.js';
import { NotifyHandler } from './notify/notify.handler.js';
import { PaymentStories } from './payment-stories.js';
import { PaymentWatch } from './payment-watch.js';
import { Payments } from './payments.service.js';
import { DecisionStatement } from './persistence/decision.statement.js';
import { PaymentsRepository } from './persistence/payments.repository.js';
import { Resolutions } from './resolutions.service.js';
import { Scans } from './scans.service.js';

const SERVICES = [Scans, Payments, CustomPayments, Resolutions, PaymentStories, Expiry];

/** The payment's life: scan, confirm, cancel, expiry, notifyPayment, doubt. */
@Module({
  imports: [KaspiModule, LedgerModule, ReceiptsModule],
  providers: [...SERVICES, Decisions, Limits, NotifyHandler, PaymentWatch, PaymentsRepository, DecisionStatement],
  exports: SERVICES,
})
export class QrPaymentsModule {}

/** The calls of the mobile API that are about payments. */
@Module({ imports: [QrPaymentsModule], controllers: [ScansController, PaymentsController] })
export class QrPaymentsHttpModule {}
