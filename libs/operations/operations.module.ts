import { KaspiModule } from '@mpp/kaspi';
import { LedgerModule } from '@mpp/ledger';
import { QrPaymentsModule } from '@mpp/qr-payments';
import { Module } from '@nestjs/common';
import { CaseFiles } from './case-files.service.js';
import { KaspiHealthController } from './http/kaspi-health.controller.js';
import { OutboxController } from './http/outbox.controller.js';
import { OperatorPaymentsController } from './http/payments.controller.js';
import { RefundScansController } from './http/refund-scans.controller.js';
import { OutboxRetries } from './outbox-retries.service.js';

const SERVICES = [CaseFiles, OutboxRetries];

/** What operators see and do across features. */
@Module({ imports: [QrPaymentsModule, KaspiModule, LedgerModule], providers: SERVICES, exports: SERVICES })
export class OperationsModule {}

/** The calls of the operator API that belong to no feature alone. */
@Module({
  imports: [OperationsModule, QrPaymentsModule, KaspiModule],
  controllers: [OperatorPaymentsController, OutboxController, KaspiHealthController, RefundScansController],
})
export class OperationsHttpModule {}
