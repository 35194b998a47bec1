import type { IncomingHttpHeaders } from 'node:http';
import {
  CORE_CURRENCY,
  CORE_LENGTHS,
  type CoreMovementRequest,
  type CoreReversalRequest,
  IDEMPOTENCY_KEY,
} from '@mpp/core-banking/wire';
import { MAX_TIYN, Money } from '@mpp/kernel';
import { BadRequestException } from '@nestjs/common';
import { z } from 'zod';
import { readBody } from '../http/read-body.js';

const text = (most: number) => z.string().min(1).max(most);

/** Two decimals, above zero. */
const amount = z
  .string()
  .regex(/^\d{1,16}\.\d{2}$/, 'must be an amount with two decimals, like "1500.00"')
  .refine(
    (written) => {
      const tiyn = BigInt(written.replace('.', ''));
      return tiyn > 0n && tiyn <= MAX_TIYN;
    },
    `must be above zero, and at most ${Money.ofTiyn(MAX_TIYN)}`,
  );

const order = {
  operationId: text(CORE_LENGTHS.operationId),
  customerId: text(CORE_LENGTHS.customerId),
  accountId: text(CORE_LENGTHS.accountId),
  amount,
  currency: z.literal(CORE_CURRENCY),
  reference: text(CORE_LENGTHS.reference),
  description: text(CORE_LENGTHS.description),
};

const debit = z.object({ ...order, purpose: z.literal('QR_PAYMENT') });
const credit = z.object({ ...order, purpose: z.literal('QR_REFUND') });
const reversal = z
  .object({ ...order, purpose: z.literal('QR_PAYMENT_REVERSAL'), debitId: text(CORE_LENGTHS.operationId) })
  .refine(({ operationId, debitId }) => operationId !== debitId, {
    error: 'must be an id of its own, not that of the debit',
    path: ['operationId'],
  });

/** Throws BadRequestException for what is no debit, and for one whose Idempotency-Key is not its operationId. */
export function readDebit(headers: IncomingHttpHeaders, body: string | undefined): CoreMovementRequest {
  return keyed(headers, readBody(debit, body));
}

/** Throws BadRequestException as {@link readDebit} does. */
export function readCredit(headers: IncomingHttpHeaders, body: string | undefined): CoreMovementRequest {
  return keyed(headers, readBody(credit, body));
}

/** Throws BadRequestException as {@link readDebit} does. */
export function readReversal(headers: IncomingHttpHeaders, body: string | undefined): CoreReversalRequest {
  return keyed(headers, readBody(reversal, body));
}

function keyed<T extends { operationId: string }>(headers: IncomingHttpHeaders, request: T): T {
  if (headers[IDEMPOTENCY_KEY] === request.operationId) return request;
  throw new BadRequestException('the header Idempotency-Key must be there, and be the operationId');
}
