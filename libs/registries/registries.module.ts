import { LedgerModule } from '@mpp/ledger';
import { QrPaymentsModule } from '@mpp/qr-payments';
import { RefundsModule } from '@mpp/refunds';
import { Module } from '@nestjs/common';

const SERVICES: [] = [];

/** Kaspi's registries: read, compared with the books, accepted; and our own. */
@Module({ imports: [LedgerModule, QrPaymentsModule, RefundsModule], providers: SERVICES, exports: SERVICES })
export class RegistriesModule {}

/** Accounting's calls about registries. */
@Module({ imports: [RegistriesModule], controllers: [] })
export class RegistriesHttpModule {}
