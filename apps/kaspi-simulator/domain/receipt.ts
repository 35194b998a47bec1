import { randomUUID } from 'node:crypto';
import { almatyDateTime } from './almaty-time.js';

/** The links to the shop's receipt of a confirmed purchase or of a refund. */
export interface Receipt {
  /** Kaspi's id of the operation, used in registries and receipt links (R24). */
  readonly operationId: string;
  readonly linkReceipt: string;
  readonly pdfReceipt: string;
}

/** Links as in the examples of regulation 4.3, with a raw `+` between date and time, which readers must keep (R32). */
export function purchaseReceipt(operationNumber: number, soldAt: Date): Receipt {
  const operationId = `QR${operationNumber}`;
  const query = `extTranId=${operationId}&sale_date=${almatyDateTime(soldAt)}`;
  return {
    operationId,
    linkReceipt: `https://receipt-test.kaspi.kz/web?${query}`,
    pdfReceipt: `https://receipt-test.kaspi.kz/external/receipt/download/pdf?${query}`,
  };
}

/**
 * Links as in the example of regulation 4.4: the page uses a separate id of the operation, and only the PDF has the `QR…`
 * of the registry (R24).
 */
export function refundReceipt(operationNumber: number, refundedAt: Date): Receipt {
  const operationId = `QR${operationNumber}`;
  const date = almatyDateTime(refundedAt);
  return {
    operationId,
    linkReceipt: `https://receipt.kaspi.kz/ext?TranId=${randomUUID()}&sale_date=${date}000`,
    pdfReceipt: `https://receipt-test.kaspi.kz/external/receipt/download/pdf?extTranId=${operationId}&sale_date=${date}`,
  };
}
