import type { Tx } from '@mpp/platform';
import type { Receipt } from '../domain/receipt.js';

/** Inserts the receipts; a payment that has one already keeps it. */
export async function insertReceipts(tx: Tx, receipts: readonly Receipt[], receivedAt: Date): Promise<void> {
  await tx.query(
    `insert into receipts (payment_id, link_receipt, pdf_receipt, kaspi_operation_id, received_at)
     select *, $5::timestamptz from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
     on conflict (payment_id) do nothing`,
    [
      receipts.map(({ paymentId }) => paymentId),
      receipts.map(({ linkReceipt }) => linkReceipt),
      receipts.map(({ pdfReceipt }) => pdfReceipt),
      receipts.map(({ kaspiOperationId }) => kaspiOperationId),
      receivedAt,
    ],
  );
}
