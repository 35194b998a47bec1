import { type CustomerId, customerId, DomainError } from '@mpp/kernel';

/** Roles of team members: support reads, operations resolves, accounting maintains the books, admin may do everything. */
export const ROLES = ['support', 'operations', 'accounting', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The caller that a token names. */
export interface Caller {
  /** The name of a team member in the audit trail. Never a customer's id, which is personal data. */
  readonly name: string;
  /** Set in an app's token: the customer for whom it calls. */
  readonly customerId: CustomerId | null;
  /** Set in a team member's token. */
  readonly roles: readonly Role[];
}

/** A team member who calls the operator API. */
export type Operator = Pick<Caller, 'name' | 'roles'>;

/** The name of a bearer whose token has no usable subject. */
export const UNNAMED = 'unnamed';

export const NAME_LENGTH = 128;
/** Visible characters and spaces, no space at either end. */
export const NAME = /^(?! )(?:[^\p{C}\p{Z}]| )+(?<! )$/u;

/** Reads the claims of a token whose signature holds. Throws UNAUTHENTICATED for a customer_id that cannot be one. */
export function callerOf(claims: Readonly<Record<string, unknown>>): Caller {
  const { customer_id: customer, roles, sub } = claims;
  const recognised = Array.isArray(roles) ? ROLES.filter((role) => roles.includes(role)) : [];
  return {
    name: nameOf(sub),
    customerId: customer === undefined ? null : readCustomer(customer),
    roles: recognised,
  };
}

/** FORBIDDEN for a token without a customer. */
export function asCustomer(caller: Caller): CustomerId {
  if (caller.customerId === null) throw new DomainError('FORBIDDEN');
  return caller.customerId;
}

/** FORBIDDEN for a token without a role. */
export function asOperator({ name, roles }: Caller): Operator {
  if (roles.length === 0) throw new DomainError('FORBIDDEN');
  return { name, roles };
}

/** FORBIDDEN unless the caller has one of the roles; an admin has all of them. */
export function requireRole(caller: Caller, allowed: readonly Role[]): void {
  if (!caller.roles.some((role) => role === 'admin' || allowed.includes(role))) throw new DomainError('FORBIDDEN');
}

/**
 * The subject of a token, trimmed and cut to the length of a name. A subject with an invisible character is not used: it could
 * make one operator look like another.
 */
function nameOf(subject: unknown): string {
  if (typeof subject !== 'string') return UNNAMED;
  const name = [...subject.trim()].slice(0, NAME_LENGTH).join('').trimEnd();
  return NAME.test(name) ? name : UNNAMED;
}

function readCustomer(claim: unknown): CustomerId {
  try {
    return customerId(typeof claim === 'string' ? claim : '');
  } catch {
    throw new DomainError('UNAUTHENTICATED');
  }
}
