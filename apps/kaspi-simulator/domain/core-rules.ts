import type { CoreReason } from '@mpp/core-banking/wire';
import { MAX_TIYN, Money } from '@mpp/kernel';
import type { CoreAccount } from './core-account.js';
import { type CoreOperation, type CoreOrder, requireMatchingDebit, type Verdict } from './core-operation.js';

/** What a core knows when it decides about an order. */
export interface Known {
  readonly account: CoreAccount | undefined;
  /** Of a reversal: the debit that it names. */
  readonly debit: CoreOperation | undefined;
  /** Of a debit: it was given back before it came. Of a reversal: its debit was. */
  readonly reversed: boolean;
}

/** What becomes of an order. Throws CoreConflict where a reversal does not fit its debit. */
export function decide(order: CoreOrder, known: Known): Verdict {
  switch (order.kind) {
    case 'DEBIT':
      return debit(order.request, known);
    case 'CREDIT':
      return credit(order.request, known);
    case 'REVERSAL':
      if (known.debit !== undefined) requireMatchingDebit(order.request, known.debit.order);
      return reverse(order.request, known);
  }
}

type Wanted = CoreOrder['request'];

function debit(wanted: Wanted, { account, reversed }: Known): Verdict {
  if (reversed) return { refusal: 'REVERSED_BEFORE' };
  const usable = usableAccount(wanted, account);
  if (typeof usable === 'string') return { refusal: usable };
  return Money.parse(wanted.amount).isMoreThan(usable.balance) ? { refusal: 'INSUFFICIENT_FUNDS' } : { moves: true };
}

function credit(wanted: Wanted, { account }: Known): Verdict {
  const usable = usableAccount(wanted, account);
  if (typeof usable === 'string') return { refusal: usable };
  return hasRoomFor(wanted.amount, usable) ? { moves: true } : { refusal: 'LIMIT_EXCEEDED' };
}

/** A blocked account takes back what was taken from it; a closed one is no more. */
function reverse({ amount }: Wanted, { account, debit: taken, reversed }: Known): Verdict {
  if (taken === undefined || !taken.moved || reversed) return { moves: false };
  if (account === undefined) return { refusal: 'ACCOUNT_NOT_FOUND' };
  if (account.status === 'CLOSED') return { refusal: 'ACCOUNT_CLOSED' };
  return hasRoomFor(amount, account) ? { moves: true } : { refusal: 'LIMIT_EXCEEDED' };
}

/** Another customer's account is not found: whoever asks learns nothing of it. */
function usableAccount({ customerId, currency }: Wanted, account: CoreAccount | undefined): CoreAccount | CoreReason {
  if (account === undefined || account.customerId !== customerId) return 'ACCOUNT_NOT_FOUND';
  if (account.status === 'CLOSED') return 'ACCOUNT_CLOSED';
  if (account.status === 'BLOCKED') return 'ACCOUNT_BLOCKED';
  return account.currency === currency ? account : 'CURRENCY_MISMATCH';
}

function hasRoomFor(amount: string, { balance }: CoreAccount): boolean {
  return balance.tiyn + Money.parse(amount).tiyn <= MAX_TIYN;
}
