import type { TableRights } from '@mpp/platform';

const READ = ['select'] as const;
const APPEND = ['select', 'insert'] as const;
const WRITE = ['select', 'insert', 'update'] as const;

/**
 * What the server needs of each table, and all that its role gets where another one owns the tables. A table that is not
 * named here the server cannot even read. Partitions are used through their table and need no line.
 */
export const RIGHTS: TableRights = {
  migrations: READ,
  platform_sql_files: READ,
  platform_monthly_tables: READ,

  access_development_key: APPEND,
  access_audit: APPEND,

  outbox_messages: [...WRITE, 'delete'],
  // A row is only locked, while an operator brings a message back: that takes the right to update any one column.
  outbox_done: [...APPEND, 'delete', 'update (last_error)'],

  // The balance is moved by the journal's trigger alone, which acts as its owner.
  ledger_accounts: [...APPEND, 'update (name, status)'],
  ledger_entries: APPEND,
  ledger_seals: APPEND,
  ledger_turnovers: APPEND,
  ledger_checkpoints: APPEND,
  ledger_verifications: APPEND,

  core_operations: WRITE,

  kaspi_calls: WRITE,
  receipts: APPEND,
  alerts: APPEND,
  notifications: WRITE,
  notification_attempts: WRITE,

  recoveries: [...APPEND, 'update (ended_at, ended_by, reason)'],

  qr_payments: WRITE,
  qr_payment_history: APPEND,
  qr_payment_reversals: WRITE,
  refunds: WRITE,
  refund_calls: APPEND,

  qr_payments_to_reconcile: READ,
  refunds_to_reconcile: READ,
  registries: WRITE,
  registry_files: APPEND,
  registry_rows: [...APPEND, 'update (payment_id, refund)'],
  registry_row_errors: APPEND,
  registry_discrepancies: WRITE,
  registry_discrepancy_history: APPEND,
  registry_adjustments: WRITE,
  registry_core_moves: APPEND,
  registry_owed: READ,
  registry_tariffs: [...APPEND, 'update (replaced_at, replaced_by)'],
  registry_tariff_periods: READ,

  qr_payments_owed: READ,
  registry_settlements: APPEND,

  registry_working_days: WRITE,
};
