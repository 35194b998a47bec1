import { almatyDateTime } from './almaty-time.js';

/** The shop's receipt of a confirmed purchase, as the PS links to it. */
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
