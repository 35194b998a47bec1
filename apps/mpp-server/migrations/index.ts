import type { MigrationClass } from '@mpp/platform';
import { PlatformMonthlyTables1795478400000 } from './1795478400000-platform-monthly-tables.js';
import { OutboxMessages1795478400001 } from './1795478400001-outbox-messages.js';
import { LedgerJournal1795478400002 } from './1795478400002-ledger-journal.js';
import { KaspiExchanges1795478400003 } from './1795478400003-kaspi-exchanges.js';
import { ReceiptsLinks1795478400004 } from './1795478400004-receipts-links.js';
import { QrPayments1795478400005 } from './1795478400005-qr-payments.js';
import { AccessDevelopmentKey1795478400006 } from './1795478400006-access-development-key.js';
import { AccessAudit1795478400007 } from './1795478400007-access-audit.js';
import { KaspiCheckout1795478400008 } from './1795478400008-kaspi-checkout.js';
import { LedgerDifferences1795478400009 } from './1795478400009-ledger-differences.js';
import { QrPaymentsWholeLife1795478400010 } from './1795478400010-qr-payments-whole-life.js';
import { LedgerRefunds1795478400011 } from './1795478400011-ledger-refunds.js';
import { Notifications1795478400012 } from './1795478400012-notifications.js';
import { Alerts1795478400013 } from './1795478400013-alerts.js';
import { Refunds1795478400014 } from './1795478400014-refunds.js';
import { LedgerBooks1795478400015 } from './1795478400015-ledger-books.js';
import { CoreBankingOperations1795478400016 } from './1795478400016-core-banking-operations.js';
import { QrPaymentsOutsideCore1795478400017 } from './1795478400017-qr-payments-outside-core.js';
import { PlatformApplicationRole1795478400019 } from './1795478400019-platform-application-role.js';
import { Registries1795478400020 } from './1795478400020-registries.js';
import { RegistriesCalendar1795478400021 } from './1795478400021-registries-calendar.js';
import { LedgerPayouts1795478400022 } from './1795478400022-ledger-payouts.js';
import { RegistriesGuards1795478400024 } from './1795478400024-registries-guards.js';

/** Every migration of this build, oldest first. */
export const MIGRATIONS: readonly MigrationClass[] = [
  PlatformMonthlyTables1795478400000,
  OutboxMessages1795478400001,
  LedgerJournal1795478400002,
  KaspiExchanges1795478400003,
  ReceiptsLinks1795478400004,
  QrPayments1795478400005,
  AccessDevelopmentKey1795478400006,
  AccessAudit1795478400007,
  KaspiCheckout1795478400008,
  LedgerDifferences1795478400009,
  QrPaymentsWholeLife1795478400010,
  LedgerRefunds1795478400011,
  Notifications1795478400012,
  Alerts1795478400013,
  Refunds1795478400014,
  LedgerBooks1795478400015,
  CoreBankingOperations1795478400016,
  QrPaymentsOutsideCore1795478400017,
  PlatformApplicationRole1795478400019,
  Registries1795478400020,
  RegistriesCalendar1795478400021,
  LedgerPayouts1795478400022,
  RegistriesGuards1795478400024,
];
