import { AlertsModule } from '@mpp/alerts';
import { CoreBankingModule } from '@mpp/core-banking';
import { KaspiModule } from '@mpp/kaspi';
import { LedgerModule } from '@mpp/ledger';
import { NotificationsModule } from '@mpp/notifications';
import { ReceiptsModule } from '@mpp/receipts';
import { Module } from '@nestjs/common';
import { DebitHandler } from './core/debit.handler.js';
import { ReversalHandler } from './core/reversal.handler.js';
import { ReversalEscalations } from './core/reversal-escalations.service.js';
import { Reversals } from './core/reversals.js';
import { CustomPayments } from './custom-payments.js';
import { Decisions } from './decisions.service.js';
import { Expiry } from './expiry.service.js';
import { PaymentsController } from './http/payments.controller.js';
import { ScansController } from './http/scans.controller.js';
import { Limits } from './limits.service.js';
import { NotifyHandler } from './notify/notify.handler.js';
import { NotifyOrders } from './notify/notify-orders.js';
import { PaymentEvents } from './payment-events.js';
import { PaymentRefunds } from './payment-refunds.js';
import { PaymentStories } from './payment-stories.js';
import { PaymentWatch } from './payment-watch.js';
import { Payments } from './payments.service.js';
import { PaymentsRepository } from './persistence/payments.repository.js';
import { Resolutions } from './resolutions.service.js';
import { Scans } from './scans.service.js';

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
