import { field, parseWireObject, textField } from '@mpp/kaspi/wire';
import { BadRequestException } from '@nestjs/common';
import type { RefundOrder } from '../domain/refund.js';
import { readAmount } from './qr-order.js';

const MOST_TIMES = 50;

export interface RefundRequest extends RefundOrder {
  /** The request has `times`: the answer is a list. */
  readonly several: boolean;
}

/** Throws BadRequestException with the reason. */
export function readRefundOrder(body: string | undefined): RefundRequest {
  const order = parseWireObject(body ?? '');
  if (order === null) throw new BadRequestException('the body must be a JSON object');
  const paymentId = textField(order, 'paymentId');
  if (paymentId === undefined) throw new BadRequestException('paymentId must be that of GET /pos/purchases');
  const several = field(order, 'times') !== undefined;
  const times = several ? (textField(order, 'times') ?? '') : '1';
  if (!/^[1-9]\d?$/.test(times) || Number(times) > MOST_TIMES) {
    throw new BadRequestException(`times must be a whole number, 1 to ${MOST_TIMES}`);
  }
  return { paymentId, amount: readAmount(order), times: Number(times), several };
}
