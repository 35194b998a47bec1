import { type CustomerId, customerId, DomainError } from '@mpp/kernel';

/** What internal teams may do: support reads, operations resolves, accounting keeps the books, admin does all. */
export const ROLES = ['support', 'operations', 'accounting', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who a token says is calling. */
export interface Caller {
  /** Set in an app's token: the customer for whom it calls. */
  readonly customerId: CustomerId | null;
  /** Set in a team member's token. */
  readonly roles: readonly Role[];
}

/** Reads the claims of a token whose signature holds. Throws UNAUTHENTICATED for a customer_id that cannot be one. */
export function callerOf(claims: Readonly<Record<string, unknown>>): Caller {
  const { customer_id: customer, roles } = claims;
  const known = Array.isArray(roles) ? ROLES.filter((role) => roles.includes(role)) : [];
  return { customerId: customer === undefined ? null : readCustomer(customer), roles: known };
}

/** FORBIDDEN for a token without a customer. */
export function asCustomer(caller: Caller): CustomerId {
  if (caller.customerId === null) throw new DomainError('FORBIDDEN');
  return caller.customerId;
}

/** FORBIDDEN unless the caller has one of the roles; an admin has all of them. */
export function demandRole(caller: Caller, allowed: readonly Role[]): void {
  if (!caller.roles.some((role) => role === 'admin' || allowed.includes(role))) throw new DomainError('FORBIDDEN');
}

function readCustomer(claim: unknown): CustomerId {
  try {
    return customerId(typeof claim === 'string' ? claim : '');
  } catch {
    throw new DomainError('UNAUTHENTICATED');
  }
}
