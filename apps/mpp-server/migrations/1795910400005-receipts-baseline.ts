import { ForwardMigration } from './forward-migration.js';

export class ReceiptsBaseline1795910400005 extends ForwardMigration {
  readonly sql = `
    create table receipts (
      payment_id uuid primary key,
      link_receipt text,
      pdf_receipt text,
      kaspi_operation_id text,
      received_at timestamptz not null
    );
    create index receipts_operation on receipts (kaspi_operation_id) where kaspi_operation_id is not null;
  `;
}
