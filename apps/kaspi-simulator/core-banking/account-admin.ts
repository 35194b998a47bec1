import type { CoreAccountStatus, CoreReason } from '@mpp/core-banking/wire';
import { Clock, Money } from '@mpp/kernel';
import { Injectable, NotFoundException } from '@nestjs/common';
import { type CoreAccount, newAccountId } from '../domain/core-account.js';
import type { CoreOperation, CoreOrder } from '../domain/core-operation.js';
import type { AccountChange } from '../domain/events.js';
import { Store } from '../store/store.js';
import type { AccountOrder } from './account-admin-request.js';

/** An account as the account administration shows it. */
export interface CoreAccountView {
  readonly id: string;
  readonly customerId: string;
  readonly name: string;
  readonly currency: string;
  readonly balance: string;
  readonly status: CoreAccountStatus;
  readonly preferred: boolean;
}

/** An operation with its request, its outcome and its repeats. */
export interface CoreOperationView {
  readonly operationId: string;
  readonly kind: CoreOrder['kind'];
  readonly customerId: string;
  readonly accountId: string;
  readonly amount: string;
  readonly purpose: string;
  readonly reference: string;
  readonly description: string;
  /** Of a reversal. */
  readonly debitId: string | null;
  readonly outcome: 'DONE' | 'REFUSED';
  readonly reason: CoreReason | null;
  readonly coreReference: string | null;
  /** Whether money moved. A reversal can be DONE without, if its debit moved none. */
  readonly moved: boolean;
  /** Of a debit: when it was reversed, or blocked by a reversal that arrived first. */
  readonly reversedAt: string | null;
  readonly timesAsked: number;
  readonly firstAskedAt: string;
  readonly lastAskedAt: string;
}

export interface CoreOperationFilter {
  readonly customerId?: string | undefined;
  readonly reference?: string | undefined;
}

/** The bank's account administration: opens, blocks and closes accounts, and lists operations. Not part of the core's wire format. */
@Injectable()
export class AccountAdmin {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  openAccount(order: AccountOrder): CoreAccountView {
    const account = { accountId: newAccountId(), ...order, balance: Money.parse(order.balance).toString() };
    this.store.recordEvents({ event: 'core-account-opened', at: this.clock.now().toISOString(), account });
    return accountView(this.store.core.getAccount(account.accountId));
  }

  /** Throws NotFoundException. */
  changeAccount(accountId: string, change: AccountChange): CoreAccountView {
    const { core } = this.store;
    if (core.findAccount(accountId) === undefined) throw new NotFoundException(`there is no account ${accountId}`);
    this.store.recordEvents({ event: 'core-account-changed', at: this.clock.now().toISOString(), accountId, change });
    return accountView(core.getAccount(accountId));
  }

  /** Oldest first; of one customer, or of all. */
  listAccounts(customerId?: string): CoreAccountView[] {
    return this.store.core.listAccounts(customerId).map(accountView);
  }

  /** Newest first. */
  listOperations({ customerId, reference }: CoreOperationFilter = {}): CoreOperationView[] {
    const matches = ({ order: { request } }: CoreOperation) =>
      (customerId === undefined || request.customerId === customerId) &&
      (reference === undefined || request.reference === reference);
    return this.store.core
      .listOperations()
      .filter(matches)
      .map((operation) => this.operationView(operation));
  }

  private operationView({ order, answer, moved, ...requests }: CoreOperation): CoreOperationView {
    const { currency: _, ...request } = order.request;
    return {
      kind: order.kind,
      ...request,
      debitId: order.kind === 'REVERSAL' ? order.request.debitId : null,
      outcome: answer.outcome,
      reason: answer.outcome === 'REFUSED' ? answer.reason : null,
      coreReference: (answer.outcome === 'DONE' && answer.coreReference) || null,
      moved,
      reversedAt: this.store.core.reversedAt(request.operationId)?.toISOString() ?? null,
      timesAsked: requests.timesAsked,
      firstAskedAt: requests.firstAskedAt.toISOString(),
      lastAskedAt: requests.lastAskedAt.toISOString(),
    };
  }
}

function accountView({ accountId, balance, ...account }: CoreAccount): CoreAccountView {
  const { customerId, name, currency, status, preferred } = account;
  return { id: accountId, customerId, name, currency, balance: balance.toString(), status, preferred };
}
