import { AlertsModule } from '@mpp/alerts';
import { CoreBankingModule } from '@mpp/core-banking';
import { LedgerModule } from '@mpp/ledger';
import { RecoveryModule } from '@mpp/recovery';
import { Module } from '@nestjs/common';
import { CreditEscalations } from './escalations/credit-escalations.service.js';
import { CoreCredits } from './ladder/core-credits.service.js';
import { Crediting } from './ladder/crediting.service.js';

const SERVICES = [Crediting, CoreCredits, CreditEscalations];

/** Money that is owed to customers: refunds and reversals. */
@Module({
  imports: [CoreBankingModule, LedgerModule, AlertsModule, RecoveryModule],
  providers: SERVICES,
  exports: SERVICES,
})
export class CreditingModule {}
