import { isUnknownOutcome } from '@mpp/kernel';
import { z } from 'zod';
import type { CoreAnswer, CoreOutcome } from '../domain/operation.js';
import { CORE_ACCOUNT_STATUSES, CORE_LENGTHS, CORE_REASONS } from '../wire.js';

/** PostgreSQL refuses NUL. */
const WITHOUT_NUL = /^[^\0]*$/;

const operation = z.object({
  operationId: z.string(),
  outcome: z.enum(['DONE', 'REFUSED', 'NEVER_SEEN']),
  reason: z.enum(CORE_REASONS).catch('OTHER').optional(),
  // For people only: an invalid one does not change the outcome.
  coreReference: z.string().max(CORE_LENGTHS.coreReference).regex(WITHOUT_NUL).nullish().catch(null),
  accountId: z.string().max(CORE_LENGTHS.accountId).nullish().catch(null),
});

const accounts = z.object({
  accounts: z.array(
    z.object({
      id: z.string().regex(/^[^\p{C}]{1,64}$/u),
      name: z.string().max(200).regex(WITHOUT_NUL),
      currency: z.string().regex(/^[A-Z]{3}$/),
      balance: z.string().regex(/^-?\d{1,18}(\.\d{1,2})?$/),
      status: z.enum(CORE_ACCOUNT_STATUSES),
      preferred: z.boolean().optional(),
    }),
  ),
});

export type CoreAccounts = z.output<typeof accounts>['accounts'];

/** Reads the answer to an operation or to an inquiry. An answer without the operation's outcome is unknown (R9). */
export function readOutcome(httpStatus: number, text: string, operationId: string): CoreOutcome {
  const unknown = (reason: string) => ({ kind: 'unknown', sent: true, reason }) as const;
  if (isUnknownOutcome(httpStatus)) return unknown(`HTTP ${httpStatus}`);
  const parsed = operation.safeParse(parseObject(text));
  if (!parsed.success) return unknown(`HTTP ${httpStatus} without an outcome`);
  const { outcome, reason = 'OTHER', coreReference = null, accountId: coreAccount } = parsed.data;
  if (parsed.data.operationId.toLowerCase() !== operationId) return unknown('the outcome of another operation');
  switch (outcome) {
    case 'DONE':
      return { kind: 'done', coreReference, ...(coreAccount != null && { coreAccount }) };
    case 'REFUSED':
      return { kind: 'refused', reason };
    case 'NEVER_SEEN':
      return { kind: 'never-seen' };
  }
}

/** Reads the answer to an operation. NEVER_SEEN is unknown: the core has just received the request. */
export function readAnswer(httpStatus: number, text: string, operationId: string): CoreAnswer {
  const outcome = readOutcome(httpStatus, text, operationId);
  if (outcome.kind !== 'never-seen') return outcome;
  return { kind: 'unknown', sent: true, reason: 'NEVER_SEEN in answer to the operation itself' };
}

/** Null for an invalid answer. A customer that the core does not know has no accounts. */
export function readAccounts(httpStatus: number, text: string): CoreAccounts | null {
  const body = parseObject(text);
  if (httpStatus === 404) return body === undefined ? null : [];
  const parsed = accounts.safeParse(body);
  return httpStatus === 200 && parsed.success ? parsed.data.accounts : null;
}

/** Undefined if the text is not a JSON object. */
function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
