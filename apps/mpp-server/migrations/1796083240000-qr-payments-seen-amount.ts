import { ForwardMigration } from './forward-migration.js';

export class QrPaymentsSeenAmount1796083240000 extends ForwardMigration {
  readonly sql = `
    -- R43: the amount that the customer saw, if another customer's scan of the purchase has changed it since.
    alter table qr_payments add column seen_amount bigint;
  `;
}
