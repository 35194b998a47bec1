import { AlertsModule } from '@mpp/alerts';
import { CoreBankingModule } from '@mpp/core-banking';
import { KaspiModule } from '@mpp/kaspi';
import { LedgerModule } from '@mpp/ledger';
import { QrPaymentsModule } from '@mpp/qr-payments';
import { RefundsModule } from '@mpp/refunds';
import { Module } from '@nestjs/common';
import { BooksCheck } from './books-check.service.js';
import { BooksVerification } from './books-verification.js';
import { CaseFiles } from './case-files.service.js';
import { KaspiHealthController } from './http/kaspi-health.controller.js';
import { OutboxController } from './http/outbox.controller.js';
import { OperatorPaymentsController } from './http/payments.controller.js';
import { RefundScansController } from './http/refund-scans.controller.js';
import { OperatorRefundsController } from './http/refunds.controller.js';
import { OutboxRetries } from './outbox-retries.service.js';
import { RefundFiles } from './refund-files.service.js';

const SERVICES = [CaseFiles, RefundFiles, OutboxRetries, BooksVerification, BooksCheck];

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
