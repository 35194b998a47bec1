import { ForwardMigration } from './forward-migration.js';

export class QrPaymentsOneResult1795996800000 extends ForwardMigration {
  readonly sql = `
    -- R33, R38: one payment of a purchase has a result for the PS, or requests a debit, whatever the result is. A debited payment
    -- has a result, so this holds also what the index that it replaces held.
    create unique index qr_payments_one_result on qr_payments (kaspi_payment_id)
      where notify_result is not null or debit_requested_at is not null;
    drop index qr_payments_one_debit;
  `;
}
