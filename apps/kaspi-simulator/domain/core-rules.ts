import type { CoreReason } from '@mpp/core-banking/wire';
import { MAX_TIYN, Money } from '@mpp/kernel';
import type { CoreAccount } from './core-account.js';
import { type CoreOperation, type CoreOrder, requireMatchingDebit, type Verdict } from './core-operation.js';

/** The state that the decision depends on. */
export interface OrderContext {
  readonly account: CoreAccount | undefined;
  /** The debit that a reversal names. */
  readonly debit: CoreOperation | undefined;
  /** The debit is reversed already: this one, or the one that the reversal names. */
  readonly reversed: boolean;
}

/** Decides a new order. Throws CoreConflict if a reversal does not match its debit. */
export function decideOrder(order: CoreOrder, context: OrderContext): Verdict {
  switch (order.kind) {
    case 'DEBIT':
      return decideDebit(order.request, context);
    case 'CREDIT':
      return decideCredit(order.request, context);
    case 'REVERSAL':
      if (context.debit !== undefined) requireMatchingDebit(order.request, context.debit.order);
      return decideReversal(order.request, context);
  }
}

type Request = CoreOrder['request'];

function decideDebit(request: Request, { account, reversed }: OrderContext): Verdict {
  if (reversed) return { refusal: 'REVERSED_BEFORE' };
  const usable = usableAccount(request, account);
  if (typeof usable === 'string') return { refusal: usable };
  return Money.parse(request.amount).isMoreThan(usable.balance) ? { refusal: 'INSUFFICIENT_FUNDS' } : { moves: true };
}

function decideCredit(request: Request, { account }: OrderContext): Verdict {
  const usable = usableAccount(request, account);
  if (typeof usable === 'string') return { refusal: usable };
  return hasRoomFor(request.amount, usable) ? { moves: true } : { refusal: 'LIMIT_EXCEEDED' };
}

/** A blocked account can still be credited by a reversal; a closed one cannot. */
function decideReversal({ customerId, amount }: Request, { account, debit, reversed }: OrderContext): Verdict {
  if (debit === undefined || !debit.moved || reversed) return { moves: false };
  if (account === undefined || account.customerId !== customerId) return { refusal: 'ACCOUNT_NOT_FOUND' };
  if (account.status === 'CLOSED') return { refusal: 'ACCOUNT_CLOSED' };
  return hasRoomFor(amount, account) ? { moves: true } : { refusal: 'LIMIT_EXCEEDED' };
}

/** Another customer's account counts as not found, so that its existence is not revealed. */
function usableAccount({ customerId, currency }: Request, account: CoreAccount | undefined): CoreAccount | CoreReason {
  if (account === undefined || account.customerId !== customerId) return 'ACCOUNT_NOT_FOUND';
  if (account.status === 'CLOSED') return 'ACCOUNT_CLOSED';
  if (account.status === 'BLOCKED') return 'ACCOUNT_BLOCKED';
  return account.currency === currency ? account : 'CURRENCY_MISMATCH';
}

function hasRoomFor(amount: string, { balance }: CoreAccount): boolean {
  return balance.tiyn + Money.parse(amount).tiyn <= MAX_TIYN;
}
