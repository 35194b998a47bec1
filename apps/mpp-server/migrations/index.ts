import type { MigrationClass } from '@mpp/platform';
import { PlatformBaseline1795910400000 } from './1795910400000-platform-baseline.js';
import { OutboxBaseline1795910400001 } from './1795910400001-outbox-baseline.js';
import { AccessBaseline1795910400002 } from './1795910400002-access-baseline.js';
import { LedgerBaseline1795910400003 } from './1795910400003-ledger-baseline.js';
import { KaspiBaseline1795910400004 } from './1795910400004-kaspi-baseline.js';
import { ReceiptsBaseline1795910400005 } from './1795910400005-receipts-baseline.js';
import { AlertsBaseline1795910400006 } from './1795910400006-alerts-baseline.js';
import { NotificationsBaseline1795910400007 } from './1795910400007-notifications-baseline.js';
import { CoreBankingBaseline1795910400008 } from './1795910400008-core-banking-baseline.js';
import { QrPaymentsBaseline1795910400009 } from './1795910400009-qr-payments-baseline.js';
import { RefundsBaseline1795910400010 } from './1795910400010-refunds-baseline.js';
import { RegistriesBaseline1795910400011 } from './1795910400011-registries-baseline.js';
import { SettlementsBaseline1795910400012 } from './1795910400012-settlements-baseline.js';
import { CalendarBaseline1795910400013 } from './1795910400013-calendar-baseline.js';
import { RegistriesFeeCorrected1795910400014 } from './1795910400014-registries-fee-corrected.js';
import { QrPaymentsOneResult1795996800000 } from './1795996800000-qr-payments-one-result.js';
import { QrPaymentsReversals1796083220000 } from './1796083220000-qr-payments-reversals.js';
import { RegistriesDifferences1796083230000 } from './1796083230000-registries-differences.js';
import { QrPaymentsSeenAmount1796083240000 } from './1796083240000-qr-payments-seen-amount.js';
import { RecoveryBaseline1796083250000 } from './1796083250000-recovery-baseline.js';
import { QrPaymentsRefunded1796083260000 } from './1796083260000-qr-payments-refunded.js';
import { RegistriesCoreMoves1796083270000 } from './1796083270000-registries-core-moves.js';

/** Every migration of this build, oldest first. */
export const MIGRATIONS: readonly MigrationClass[] = [
  PlatformBaseline1795910400000,
  OutboxBaseline1795910400001,
  AccessBaseline1795910400002,
  LedgerBaseline1795910400003,
  KaspiBaseline1795910400004,
  ReceiptsBaseline1795910400005,
  AlertsBaseline1795910400006,
  NotificationsBaseline1795910400007,
  CoreBankingBaseline1795910400008,
  QrPaymentsBaseline1795910400009,
  RefundsBaseline1795910400010,
  RegistriesBaseline1795910400011,
  SettlementsBaseline1795910400012,
  CalendarBaseline1795910400013,
  RegistriesFeeCorrected1795910400014,
  QrPaymentsOneResult1795996800000,
  QrPaymentsReversals1796083220000,
  RegistriesDifferences1796083230000,
  QrPaymentsSeenAmount1796083240000,
  RecoveryBaseline1796083250000,
  QrPaymentsRefunded1796083260000,
  RegistriesCoreMoves1796083270000,
];
