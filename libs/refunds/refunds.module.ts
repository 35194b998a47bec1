import { AlertsModule } from '@mpp/alerts';
import { CoreBankingModule } from '@mpp/core-banking';
import { LedgerModule } from '@mpp/ledger';
import { NotificationsModule } from '@mpp/notifications';
import { QrPaymentsModule } from '@mpp/qr-payments';
import { type DynamicModule, Module } from '@nestjs/common';
import { CoreCredits } from './crediting/core-credits.service.js';
import { CreditHandler } from './crediting/credit.handler.js';
import { Escalations } from './crediting/escalations.service.js';
import { kaspiRefundController } from './http/kaspi-refund.controller.js';
import { RefundsController } from './http/refunds.controller.js';
import { RefundIntake } from './intake/intake.service.js';
import { RefundsRepository } from './persistence/refunds.repository.js';
import { RefundEvents } from './refund-events.js';
import { RefundTimelines } from './refund-timelines.js';
import { Refunds } from './refunds.service.js';

const SERVICES = [RefundIntake, Refunds, RefundTimelines, Escalations];

/** Refunds: taken in once, credited within the hour. */
@Module({
  imports: [QrPaymentsModule, CoreBankingModule, LedgerModule, NotificationsModule, AlertsModule],
  providers: [...SERVICES, CreditHandler, CoreCredits, RefundEvents, RefundsRepository],
  exports: SERVICES,
})
export class RefundsModule {}

/** The calls of the mobile API that are about refunds. */
@Module({ imports: [RefundsModule], controllers: [RefundsController] })
export class RefundsHttpModule {}

/** The call of the PS, for the Kaspi-facing listener: it is given the intake of the process, never one of its own. */
@Module({})
export class KaspiRefundsHttpModule {
  static with(path: string, intake: RefundIntake): DynamicModule {
    return {
      module: KaspiRefundsHttpModule,
      controllers: [kaspiRefundController(path)],
      providers: [{ provide: RefundIntake, useValue: intake }],
    };
  }
}
