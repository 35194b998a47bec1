import { AlertsModule } from '@mpp/alerts';
import { CoreBankingModule } from '@mpp/core-banking';
import { KaspiModule } from '@mpp/kaspi';
import { LedgerModule } from '@mpp/ledger';
import { QrPaymentsModule } from '@mpp/qr-payments';
import { RecoveryModule } from '@mpp/recovery';
import { RefundsModule } from '@mpp/refunds';
import { Module } from '@nestjs/common';
import { BooksCheck } from './books/books-check.service.js';
import { BooksVerification } from './books/books-verification.js';
import { PaymentDetails } from './details/payment-details.service.js';
import { RefundDetails } from './details/refund-details.service.js';
import { SharedRecordsReader } from './details/shared-records.js';
import { KaspiHealthController } from './http/kaspi-health.controller.js';
import { OperatorOutboxController } from './http/operator-outbox.controller.js';
import { OperatorPaymentsController } from './http/operator-payments.controller.js';
import { OperatorRefundsController } from './http/operator-refunds.controller.js';
import { RecoveryController } from './http/recovery.controller.js';
import { RefundScansController } from './http/refund-scans.controller.js';
import { RefusedRefundsController } from './http/refused-refunds.controller.js';
import { OutboxRetries } from './outbox-retries.service.js';
import { RecoveryOverviews } from './recovery/recovery-overview.service.js';

const SERVICES = [PaymentDetails, RefundDetails, OutboxRetries, BooksVerification, BooksCheck, RecoveryOverviews];

/** Operators' services that span several features. */
@Module({
  imports: [
    QrPaymentsModule,
    RefundsModule,
    KaspiModule,
    CoreBankingModule,
    LedgerModule,
    AlertsModule,
    RecoveryModule,
  ],
  providers: [...SERVICES, SharedRecordsReader],
  exports: SERVICES,
})
export class OperationsModule {}

/** The operator calls that span several features; those of one feature are in its own http folder. */
@Module({
  imports: [OperationsModule, QrPaymentsModule, RefundsModule, KaspiModule, RecoveryModule],
  controllers: [
    OperatorPaymentsController,
    OperatorRefundsController,
    OperatorOutboxController,
    KaspiHealthController,
    RefundScansController,
    RecoveryController,
    RefusedRefundsController,
  ],
})
export class OperationsHttpModule {}
