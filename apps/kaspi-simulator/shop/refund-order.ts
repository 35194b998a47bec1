import { z } from 'zod';
import type { RefundOrder } from '../domain/refund.js';
import { readWireBody } from '../http/read-body.js';
import { positiveAmount, text, wholeNumber } from '../http/wire-fields.js';

const refundRequest = z.object({
  paymentId: text(),
  amount: positiveAmount,
  times: wholeNumber(1, 50).nullish(),
});

export interface RefundRequest extends RefundOrder {
  /** The request has `times`: the answer is a list. */
  readonly several: boolean;
}

/** Throws BadRequestException, which names each invalid field. */
export function readRefundOrder(body: string | undefined): RefundRequest {
  const { times, ...order } = readWireBody(refundRequest, body);
  return { ...order, times: times ?? 1, several: times != null };
}
