import { AlertsModule } from '@mpp/alerts';
import { CoreBankingModule } from '@mpp/core-banking';
import { KaspiModule } from '@mpp/kaspi';
import { LedgerModule } from '@mpp/ledger';
import { QrPaymentsModule } from '@mpp/qr-payments';
import { RefundsModule } from '@mpp/refunds';
import { Module } from '@nestjs/common';
import { BooksCheck } from './books/books-check.service.js';
import { BooksVerification } from './books/books-verification.js';
import { PaymentDetails } from './details/payment-details.service.js';
import { RefundDetails } from './details/refund-details.service.js';
import { KaspiHealthController } from './http/kaspi-health.controller.js';
import { OutboxController } from './http/operator-outbox.controller.js';
import { OperatorPaymentsController } from './http/operator-payments.controller.js';
import { OperatorRefundsController } from './http/operator-refunds.controller.js';
import { RefundScansController } from './http/refund-scans.controller.js';
import { OutboxRetries } from './outbox-retries.service.js';

const SERVICES = [PaymentDetails, RefundDetails, OutboxRetries, BooksVerification, BooksCheck];

/** What operators see and do across features. */
@Module({
  imports: [QrPaymentsModule, RefundsModule, KaspiModule, CoreBankingModule, LedgerModule, AlertsModule],
  providers: SERVICES,
  exports: SERVICES,
})
export class OperationsModule {}

/** The calls of the operator API that belong to no feature alone. */
@Module({
  imports: [OperationsModule, QrPaymentsModule, RefundsModule, KaspiModule],
  controllers: [
    OperatorPaymentsController,
    OperatorRefundsController,
    OutboxController,
    KaspiHealthController,
    RefundScansController,
  ],
})
export class OperationsHttpModule {}
