import { randomUUID } from 'node:crypto';
import { almatyDateTime } from './almaty-time.js';

/** The shop's receipt of a confirmed purchase or of a refund, as the PS links to it. */
export interface Receipt {
  /** Kaspi's own id of the operation, as the registry and the receipt links name it (R24). */
  readonly operationId: string;
  readonly linkReceipt: string;
  readonly pdfReceipt: string;
}

/** Links as in the examples of regulation 4.3, a raw `+` between date and time included: readers must keep it (R32). */
export function receiptOf(operationNumber: number, soldAt: Date): Receipt {
  const operationId = `QR${operationNumber}`;
  const query = `extTranId=${operationId}&sale_date=${almatyDateTime(soldAt)}`;
  return {
    operationId,
    linkReceipt: `https://receipt-test.kaspi.kz/web?${query}`,
    pdfReceipt: `https://receipt-test.kaspi.kz/external/receipt/download/pdf?${query}`,
  };
}

/**
 * Links as in the example of regulation 4.4: there the page names the operation by an id of its own, and only the PDF has
 * the `QR…` of the registry (R24).
 */
export function refundReceiptOf(operationNumber: number, refundedAt: Date): Receipt {
  const operationId = `QR${operationNumber}`;
  const date = almatyDateTime(refundedAt);
  return {
    operationId,
    linkReceipt: `https://receipt.kaspi.kz/ext?TranId=${randomUUID()}&sale_date=${date}000`,
    pdfReceipt: `https://receipt-test.kaspi.kz/external/receipt/download/pdf?extTranId=${operationId}&sale_date=${date}`,
  };
}
