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
import { text } from '../http/wire-fields.js';

/** Above zero, with two decimals. */
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

const operation = {
  operationId: text(CORE_LENGTHS.operationId),
  customerId: text(CORE_LENGTHS.customerId),
  accountId: text(CORE_LENGTHS.accountId),
  amount,
  currency: z.literal(CORE_CURRENCY),
  reference: text(CORE_LENGTHS.reference),
  description: text(CORE_LENGTHS.description),
};

const debit = z.object({ ...operation, purpose: z.literal('QR_PAYMENT') });
const credit = z.object({ ...operation, purpose: z.literal('QR_REFUND') });
const reversal = z
  .object({ ...operation, purpose: z.literal('QR_PAYMENT_REVERSAL'), debitId: text(CORE_LENGTHS.operationId) })
  .refine(({ operationId, debitId }) => operationId !== debitId, {
    error: 'must differ from the id of the debit',
    path: ['operationId'],
  });

/** Throws BadRequestException, which names each invalid field, or if the Idempotency-Key is not the operationId. */
export function readDebit(headers: IncomingHttpHeaders, body: string | undefined): CoreMovementRequest {
  return requireKey(headers, readBody(debit, body));
}

/** Throws BadRequestException as {@link readDebit} does. */
export function readCredit(headers: IncomingHttpHeaders, body: string | undefined): CoreMovementRequest {
  return requireKey(headers, readBody(credit, body));
}

/** Throws BadRequestException as {@link readDebit} does. */
export function readReversal(headers: IncomingHttpHeaders, body: string | undefined): CoreReversalRequest {
  return requireKey(headers, readBody(reversal, body));
}

function requireKey<T extends { operationId: string }>(headers: IncomingHttpHeaders, request: T): T {
  if (headers[IDEMPOTENCY_KEY] === request.operationId) return request;
  throw new BadRequestException('the header Idempotency-Key must be the operationId');
}
