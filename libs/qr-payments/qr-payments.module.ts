import { AlertsModule } from '@mpp/alerts';
import { CoreBankingModule } from '@mpp/core-banking';
import { CreditingModule } from '@mpp/crediting';
import { KaspiModule } from '@mpp/kaspi';
import { LedgerModule } from '@mpp/ledger';
import { NotificationsModule } from '@mpp/notifications';
import { ReceiptsModule } from '@mpp/receipts';
import { RecoveryModule } from '@mpp/recovery';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PaymentChanges } from './changes/payment-changes.service.js';
import { ReversalStart } from './changes/reversal-start.service.js';
import { ReversalWriter } from './changes/reversal-writer.service.js';
import { CustomPayments } from './checkout/custom-payments.service.js';
import { Confirmations } from './confirm/confirmations.service.js';
import { DecisionWriter } from './confirm/decision-writer.service.js';
import { Limits } from './confirm/limits.service.js';
import { DebitHandler } from './core-banking/debit.handler.js';
import { RefusedDebitHandler } from './core-banking/refused-debit.handler.js';
import { DoubtEscalations } from './doubt/doubt-escalations.service.js';
import { PaymentEvents } from './events/payment-events.js';
import { Expiry } from './expiry/expiry.service.js';
import { PaymentsController } from './http/payments.controller.js';
import { ScansController } from './http/scans.controller.js';
import { NotifyHandler } from './notify/notify.handler.js';
import { NotifyRequests } from './notify/notify-requests.js';
import { Payments } from './payments/payments.service.js';
import { PaymentEntity } from './persistence/payment.entity.js';
import { PaymentsRepository } from './persistence/payments.repository.js';
import { ReversalEntity } from './persistence/reversal.entity.js';
import { ReversalsRepository } from './persistence/reversals.repository.js';
import { StatusChangeEntity } from './persistence/status-change.entity.js';
import { PaymentRefunds } from './refund/payment-refunds.service.js';
import { Resolutions } from './resolution/resolutions.service.js';
import { ForgottenReversals } from './reversal/forgotten-reversals.service.js';
import { LateDebits } from './reversal/late-debits.service.js';
import { ReversalHandler } from './reversal/reversal.handler.js';
import { ReversalCredits } from './reversal/reversal-credits.js';
import { ReversalEscalations } from './reversal/reversal-escalations.service.js';
import { ReversalOperations } from './reversal/reversal-operations.service.js';
import { Scans } from './scan/scans.service.js';
import { PaymentTimelines } from './timeline/payment-timelines.service.js';
import { PaymentWatch } from './watch/payment-watch.js';

const SERVICES = [
  Scans,
  Confirmations,
  Payments,
  CustomPayments,
  Resolutions,
  PaymentRefunds,
  PaymentTimelines,
  Expiry,
  ReversalEscalations,
  DoubtEscalations,
  ReversalOperations,
];

/** With an external core. */
const EXTERNAL_CORE = [DebitHandler, RefusedDebitHandler, NotifyRequests];

/** Debits on their way back. */
const REVERSALS = [
  ReversalHandler,
  LateDebits,
  ForgottenReversals,
  ReversalStart,
  ReversalWriter,
  ReversalCredits,
  ReversalsRepository,
];

/** The payment's life: scan, confirm, cancel, expiry, notifyPayment, doubt. */
@Module({
  imports: [
    TypeOrmModule.forFeature([PaymentEntity, StatusChangeEntity, ReversalEntity]),
    KaspiModule,
    CoreBankingModule,
    CreditingModule,
    LedgerModule,
    ReceiptsModule,
    NotificationsModule,
    AlertsModule,
    RecoveryModule,
  ],
  providers: [
    ...SERVICES,
    ...EXTERNAL_CORE,
    ...REVERSALS,
    PaymentEvents,
    PaymentChanges,
    DecisionWriter,
    Limits,
    NotifyHandler,
    PaymentWatch,
    PaymentsRepository,
  ],
  exports: [...SERVICES, RefusedDebitHandler],
})
export class QrPaymentsModule {}

/** The calls of the mobile API that are about payments. */
@Module({ imports: [QrPaymentsModule], controllers: [ScansController, PaymentsController] })
export class QrPaymentsHttpModule {}
