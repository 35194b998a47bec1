import { KaspiModule } from '@mpp/kaspi';
import { LedgerModule } from '@mpp/ledger';
import { ReceiptsModule } from '@mpp/receipts';
import { Module } from '@nestjs/common';
import { PaymentsController } from './http/payments.controller.js';
import { ScansController } from './http/scans.controller.js';
import { NotifyHandler } from './notify/notify.handler.js';
import { PaymentWatch } from './payment-watch.js';
import { Payments } from './payments.service.js';
import { ConfirmStatement } from './persistence/confirm.statement.js';
import { PaymentsRepository } from './persistence/payments.repository.js';
import { Scans } from './scans.service.js';

/** The payment's life: scan, confirm, notifyPayment. */
@Module({
  imports: [KaspiModule, LedgerModule, ReceiptsModule],
  providers: [Scans, Payments, NotifyHandler, PaymentWatch, PaymentsRepository, ConfirmStatement],
  exports: [Scans, Payments],
})
export class QrPaymentsModule {}

/** The calls of the mobile API that are about payments. */
@Module({ imports: [QrPaymentsModule], controllers: [ScansController, PaymentsController] })
export class QrPaymentsHttpModule {}
