import { isUnknownOutcome } from '@mpp/kernel';
import { z } from 'zod';
import type { CoreAnswer, CoreOutcome } from '../domain/operation.js';
import { CORE_ACCOUNT_STATUSES, CORE_LENGTHS, CORE_REASONS } from '../wire.js';

/** PostgreSQL takes no text with it. */
const WITHOUT_NUL = /^[^\0]*$/;

const operation = z.object({
  operationId: z.string(),
  outcome: z.enum(['DONE', 'REFUSED', 'NEVER_SEEN']),
  reason: z.enum(CORE_REASONS).catch('OTHER').optional(),
  // It is for people: one that is odd says nothing about the outcome.
  coreReference: z.string().max(CORE_LENGTHS.coreReference).regex(WITHOUT_NUL).nullish().catch(null),
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

/** What an answer to an operation, or to an inquiry about it, says. Anything without an outcome of it says nothing (R9). */
export function readOutcome(httpStatus: number, text: string, operationId: string): CoreOutcome {
  const unknown = (why: string) => ({ kind: 'unknown', sent: true, reason: why }) as const;
  if (isUnknownOutcome(httpStatus)) return unknown(`HTTP ${httpStatus}`);
  const read = operation.safeParse(jsonOf(text));
  if (!read.success) return unknown(`HTTP ${httpStatus} without an outcome`);
  const { outcome, reason = 'OTHER', coreReference = null } = read.data;
  if (read.data.operationId.toLowerCase() !== operationId) return unknown('the outcome of another operation');
  switch (outcome) {
    case 'DONE':
      return { kind: 'done', coreReference };
    case 'REFUSED':
      return { kind: 'refused', reason };
    case 'NEVER_SEEN':
      return { kind: 'never-seen' };
  }
}

/** That the core has never seen what it was just asked for is no answer. */
export function readAnswer(httpStatus: number, text: string, operationId: string): CoreAnswer {
  const outcome = readOutcome(httpStatus, text, operationId);
  if (outcome.kind !== 'never-seen') return outcome;
  return { kind: 'unknown', sent: true, reason: 'it says that it has never seen what it was asked for' };
}

/** Null where it cannot be relied upon. A customer that the core does not know has no account. */
export function readAccounts(httpStatus: number, text: string): CoreAccounts | null {
  const body = jsonOf(text);
  if (httpStatus === 404) return body === undefined ? null : [];
  const read = accounts.safeParse(body);
  return httpStatus === 200 && read.success ? read.data.accounts : null;
}

/** Undefined where it is no JSON object. */
function jsonOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
