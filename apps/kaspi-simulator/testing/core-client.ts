import {
  CORE_PATHS,
  type CoreMovementRequest,
  type CoreReversalRequest,
  IDEMPOTENCY_KEY,
} from '@mpp/core-banking/wire';
import { CUSTOMER } from './simulator-client.js';

/** An answer of the core, with its body as text and parsed. */
export interface CoreResponse {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** Calls the simulated core as a server does. `base` is read at each call, because a restart changes the port. */
export function coreClientOf(base: () => string, token: string | null = null) {
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(base() + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type');
    return { status: response.status, type, text, body: JSON.parse(text) } satisfies CoreResponse;
  };
  const order = (path: string, request: { operationId: string }, headers: Record<string, string> = {}) =>
    call('POST', path, request, { [IDEMPOTENCY_KEY]: request.operationId, ...headers });
  return {
    call,
    accounts: (customerId: string) => call('GET', CORE_PATHS.accounts(customerId)),
    debit: (request: CoreMovementRequest) => order(CORE_PATHS.debits, request),
    credit: (request: CoreMovementRequest) => order(CORE_PATHS.credits, request),
    reverse: (request: CoreReversalRequest) => order(CORE_PATHS.reversals, request),
    outcome: (operationId: string) => call('GET', CORE_PATHS.operation(operationId)),
  };
}

type Change<Request> = Partial<{ [Field in keyof Request]: unknown }>;

/** Fields with the same value in most tests. */
const COMMON = { customerId: CUSTOMER, amount: '100.00', currency: 'KZT', reference: 'payment-1' } as const;

export function debitOf(
  accountId: string,
  operationId: string,
  change: Change<CoreMovementRequest> = {},
): CoreMovementRequest {
  const own = { operationId, accountId, purpose: 'QR_PAYMENT', description: 'Kaspi QR: Coffee Bar' } as const;
  return { ...COMMON, ...own, ...(change as object) };
}

export function creditOf(
  accountId: string,
  operationId: string,
  change: Change<CoreMovementRequest> = {},
): CoreMovementRequest {
  const own = { operationId, accountId, purpose: 'QR_REFUND', description: 'Возврат Kaspi QR' } as const;
  return { ...COMMON, ...own, ...(change as object) };
}

export function reversalOf(
  accountId: string,
  debitId: string,
  operationId: string,
  change: Change<CoreReversalRequest> = {},
): CoreReversalRequest {
  const own = { operationId, debitId, accountId, purpose: 'QR_PAYMENT_REVERSAL', description: 'Отмена' } as const;
  return { ...COMMON, ...own, ...(change as object) };
}
