import { randomUUID } from 'node:crypto';

export interface RefundReply {
  readonly status: number;
  readonly headers: Headers;
  /** The exact body. */
  readonly text: string;
  /** Null if there was no body. */
  readonly result: { resultCode: string; resultMessage: string } | null;
}

/** The PS as a caller of a participant's `/refund`. */
export class PsRefunds {
  constructor(readonly url: string) {}

  /** Sends a complete body of 4.4 with these changes; undefined leaves a field out. */
  async refund(changes: Record<string, unknown>): Promise<RefundReply> {
    return this.send(JSON.stringify(refundBody(changes)));
  }

  async send(body: string | Uint8Array, headers: Record<string, string> = {}): Promise<RefundReply> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: body as string,
    });
    const text = await response.text();
    const result = text === '' ? null : (JSON.parse(text) as { result: RefundReply['result'] }).result;
    return { status: response.status, headers: response.headers, text, result };
  }
}

export function refundBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    refundAmount: '100.00',
    customerId: '900900000001',
    paymentId: 'abc1234567890',
    refundId: `Ref${randomUUID()}`,
    linkReceipt: 'https://receipt.kaspi.kz/ext?TranId=a3ffba1a-5add&sale_date=2024-01-10+14:24:09.646000',
    pdfReceipt:
      'https://receipt-test.kaspi.kz/external/receipt/download/pdf?extTranId=QR2509509530&sale_date=2025-06-02+10:00:56.407',
    ...changes,
  };
}

export const ACCEPTED = { resultCode: 'SUCCESS', resultMessage: 'success' };
