import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

export class ReceiptsLinks1795478400004 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Links are kept as they came, never re-encoded (R32).
      create table receipts (
        payment_id uuid primary key,
        link_receipt text,
        pdf_receipt text,
        kaspi_operation_id text,
        received_at timestamptz not null
      );
      create index receipts_operation on receipts (kaspi_operation_id) where kaspi_operation_id is not null;
    `);
  }
}
