import { AlertsModule } from '@mpp/alerts';
import { CoreBankingModule } from '@mpp/core-banking';
import { CreditingModule } from '@mpp/crediting';
import { LedgerModule } from '@mpp/ledger';
import { NotificationsModule } from '@mpp/notifications';
import { QrPaymentsModule } from '@mpp/qr-payments';
import { RecoveryModule } from '@mpp/recovery';
import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CreditHandler } from './crediting/credit.handler.js';
import { RefundCredits } from './crediting/refund-credits.js';
import { RefundEscalations } from './crediting/refund-escalations.service.js';
import { RefundOperations } from './crediting/refund-operations.service.js';
import { kaspiRefundController } from './http/kaspi-refund.controller.js';
import { RefundsController } from './http/refunds.controller.js';
import { RefundAcceptance } from './intake/acceptance.js';
import { RefundIntake } from './intake/intake.service.js';
import { OperatorRefunds } from './intake/operator-refunds.service.js';
import { RefundEntity } from './persistence/refund.entity.js';
import { RefundCallEntity } from './persistence/refund-call.entity.js';
import { RefundDecisionsRepository } from './persistence/refund-decisions.repository.js';
import { RefundsRepository } from './persistence/refunds.repository.js';
import { RefundEvents } from './refund-events.js';
import { RefundTimelines } from './refund-timelines.js';
import { Refunds } from './refunds.service.js';

const SERVICES = [RefundIntake, OperatorRefunds, Refunds, RefundOperations, RefundTimelines, RefundEscalations];

/** Refunds: decided once, credited within the hour. */
@Module({
  imports: [
    TypeOrmModule.forFeature([RefundEntity, RefundCallEntity]),
    QrPaymentsModule,
    CoreBankingModule,
    CreditingModule,
    LedgerModule,
    NotificationsModule,
    AlertsModule,
    RecoveryModule,
  ],
  providers: [
    ...SERVICES,
    CreditHandler,
    RefundAcceptance,
    RefundCredits,
    RefundEvents,
    RefundsRepository,
    RefundDecisionsRepository,
  ],
  exports: SERVICES,
})
export class RefundsModule {}

/** The mobile API's calls about refunds. */
@Module({ imports: [RefundsModule], controllers: [RefundsController] })
export class RefundsHttpModule {}

/** The call of the PS, for the Kaspi-facing listener, which is given the intake of this process. */
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
