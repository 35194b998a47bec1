import { AlertsModule } from '@mpp/alerts';
import { CoreBankingModule } from '@mpp/core-banking';
import { KaspiModule } from '@mpp/kaspi';
import { LedgerModule } from '@mpp/ledger';
import { NotificationsModule } from '@mpp/notifications';
import { ReceiptsModule } from '@mpp/receipts';
import { Module } from '@nestjs/common';
import { DebitHandler } from './core-banking/debit.handler.js';
import { ReversalHandler } from './reversal/reversal.handler.js';
import { ReversalEscalations } from './reversal/reversal-escalations.service.js';
import { Reversals } from './reversal/reversal-requests.js';
import { CustomPayments } from './checkout/custom-payments.service.js';
import { Decisions } from './confirm/decision-writer.service.js';
import { Expiry } from './expiry/expiry.service.js';
import { PaymentsController } from './http/payments.controller.js';
import { ScansController } from './http/scans.controller.js';
import { Limits } from './confirm/limits.service.js';
import { NotifyHandler } from './notify/notify.handler.js';
import { NotifyOrders } from './notify/notify-requests.js';
import { PaymentEvents } from './events/payment-events.js';
import { PaymentRefunds } from './refund/payment-refunds.service.js';
import { PaymentStories } from './timeline/payment-timelines.service.js';
import { PaymentWatch } from './watch/payment-watch.js';
import { Payments } from './payments/payments.service.js';
import { PaymentsRepository } from './persistence/payments.repository.js';
import { Resolutions } from './resolution/resolutions.service.js';
import { Scans } from './scan/scans.service.js';

const SERVICES = [
  Scans,
  Payments,
  CustomPayments,
  Resolutions,
  PaymentRefunds,
  PaymentStories,
  Expiry,
  ReversalEscalations,
];

/** What an outside core is asked for. */
const OUTSIDE_CORE = [DebitHandler, ReversalHandler, Reversals, NotifyOrders];

/** The payment's life: scan, confirm, cancel, expiry, notifyPayment, doubt. */
@Module({
  imports: [KaspiModule, CoreBankingModule, LedgerModule, ReceiptsModule, NotificationsModule, AlertsModule],
  providers: [
    ...SERVICES,
    ...OUTSIDE_CORE,
    PaymentEvents,
    Decisions,
    Limits,
    NotifyHandler,
    PaymentWatch,
    PaymentsRepository,
  ],
  exports: SERVICES,
})
export class QrPaymentsModule {}

/** The calls of the mobile API that are about payments. */
@Module({ imports: [QrPaymentsModule], controllers: [ScansController, PaymentsController] })
export class QrPaymentsHttpModule {}
