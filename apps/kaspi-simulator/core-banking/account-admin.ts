import type { CoreAccountStatus, CoreReason } from '@mpp/core-banking/wire';
import { Clock, Money } from '@mpp/kernel';
import { Injectable, NotFoundException } from '@nestjs/common';
import { type CoreAccount, newAccountId } from '../domain/core-account.js';
import type { CoreOperation, CoreOrder } from '../domain/core-operation.js';
import type { AccountChange } from '../domain/events.js';
import { Store } from '../store/store.js';
import type { AccountOrder } from './account-admin-request.js';

/** An account as the bank's account admin sees it. */
export interface CoreAccountView {
  readonly id: string;
  readonly customerId: string;
  readonly name: string;
  readonly currency: string;
  readonly balance: string;
  readonly status: CoreAccountStatus;
  readonly preferred: boolean;
}

/** What became of an order. */
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
  /** Money was taken or given. A reversal can be DONE without: there was nothing to give back. */
  readonly moved: boolean;
  /** Of a debit: since when it is given back, or was never to be made. */
  readonly reversedAt: string | null;
  readonly timesAsked: number;
  readonly firstAskedAt: string;
  readonly lastAskedAt: string;
}

export interface CoreOperationFilter {
  readonly customerId?: string | undefined;
  readonly reference?: string | undefined;
}

/** The bank's account admin: opens accounts, blocks and closes them, and looks at what the core did. No part of the wire format. */
@Injectable()
export class AccountAdmin {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  openAccount(order: AccountOrder): CoreAccountView {
    const account = { accountId: newAccountId(), ...order, balance: Money.parse(order.balance).toString() };
    this.store.record({ event: 'core-account-opened', at: this.clock.now().toISOString(), account });
    return viewOf(this.store.core.knownAccount(account.accountId));
  }

  /** Throws NotFoundException. */
  changeAccount(accountId: string, change: AccountChange): CoreAccountView {
    const { core } = this.store;
    if (core.account(accountId) === undefined) throw new NotFoundException(`there is no account ${accountId}`);
    this.store.record({ event: 'core-account-changed', at: this.clock.now().toISOString(), accountId, change });
    return viewOf(core.knownAccount(accountId));
  }

  /** Oldest first; of one customer, or of all. */
  accounts(customerId?: string): CoreAccountView[] {
    return this.store.core.accounts(customerId).map(viewOf);
  }

  /** Newest first. */
  operations({ customerId, reference }: CoreOperationFilter = {}): CoreOperationView[] {
    const wanted = ({ order: { request } }: CoreOperation) =>
      (customerId === undefined || request.customerId === customerId) &&
      (reference === undefined || request.reference === reference);
    return this.store.core
      .operations()
      .filter(wanted)
      .map((operation) => this.operationView(operation));
  }

  private operationView({ order, answer, moved, ...asked }: CoreOperation): CoreOperationView {
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
      timesAsked: asked.timesAsked,
      firstAskedAt: asked.firstAskedAt.toISOString(),
      lastAskedAt: asked.lastAskedAt.toISOString(),
    };
  }
}

function viewOf({ accountId, balance, ...account }: CoreAccount): CoreAccountView {
  const { customerId, name, currency, status, preferred } = account;
  return { id: accountId, customerId, name, currency, balance: balance.toString(), status, preferred };
}
