/**
 * Every advisory lock of the project, by purpose. SQL functions use the literal number; a test finds numbers that are not
 * listed here, and a number that is used for a second purpose. A lock with a key is taken as `(number, key)`.
 */
export const ADVISORY_LOCKS = {
  /** Creating the partitions of a monthly table; key: hash of the table's name. */
  partitions: { number: 65_100_118, lib: 'platform' },
  /** Debits of one customer while the daily limits are checked; key: hash of the customer's id. */
  customerDebits: { number: 65_100_119, lib: 'qr-payments' },
  /** The PS's answers about one purchase, and its service form (R37, R43); key: hash of the purchase's id. */
  purchase: { number: 65_100_120, lib: 'qr-payments' },
  /** Sealing the journal. */
  journalSeals: { number: 65_100_121, lib: 'ledger' },
  /** The settlement of one business day; key: days since 2000-01-01. */
  settlementDay: { number: 65_100_122, lib: 'settlements' },
  /** Replacing the list of tariffs. */
  tariffs: { number: 65_100_123, lib: 'registries' },
  /** Comparing a registry with the others. */
  registryComparison: { number: 65_100_124, lib: 'registries' },
  /** The check of all books. */
  ledgerVerification: { number: 65_100_125, lib: 'ledger' },
  /** Differences of one operation, and its settlement by operators; key: hash of its id. */
  operationDifferences: { number: 65_100_126, lib: 'registries' },
  /** Applying migrations. */
  migrations: { number: 6_510_011_811, lib: 'platform' },
} as const;
