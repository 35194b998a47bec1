import { ForwardMigration } from './forward-migration.js';

export class QrPaymentsRefunded1796083260000 extends ForwardMigration {
  readonly sql = `
    -- R40: what an operator debited for a purchase can be refunded, too; refunds_within_payment has the upper limit.
    alter table qr_payments drop constraint qr_payments_check,
      add constraint qr_payments_refunded_amount_check check (refunded_amount >= 0);
  `;
}
