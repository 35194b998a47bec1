import { Money } from '@mpp/kernel';
import type { CoreAccount } from './core-account.js';
import { type CoreOperation, isFinal } from './core-operation.js';
import type { CoreAccountChanged, CoreAccountOpened, CoreAsked, CoreDecided, CoreEvent } from './events.js';

/** The accounts of a bank and everything that it was asked to do with them. It changes by {@link apply} alone. */
export class CoreBooks {
  private readonly byAccountId = new Map<string, CoreAccount>();
  private readonly idsOfCustomer = new Map<string, string[]>();
  private readonly byOperationId = new Map<string, CoreOperation>();
  /** Debits that are given back or never to be made, and since when. */
  private readonly reversed = new Map<string, Date>();
  /** How many there were, a reversal's refusals included. */
  decisions = 0;

  /** Throws where the event speaks of what was never there, or happens twice: the store is damaged. */
  apply(event: CoreEvent): void {
    switch (event.event) {
      case 'core-account-opened':
        this.open(event);
        break;
      case 'core-account-changed':
        this.change(event);
        break;
      case 'core-decided':
        this.decide(event);
        break;
      case 'core-asked':
        this.ask(event);
        break;
    }
  }

  account(accountId: string): CoreAccount | undefined {
    return this.byAccountId.get(accountId);
  }

  /** Throws where there is none. */
  knownAccount(accountId: string): CoreAccount {
    const account = this.byAccountId.get(accountId);
    if (account === undefined) throw new Error(`account ${accountId} was never opened`);
    return account;
  }

  /** Oldest first; of one customer, or all. */
  accounts(customerId: string | undefined): CoreAccount[] {
    if (customerId === undefined) return [...this.byAccountId.values()];
    return (this.idsOfCustomer.get(customerId) ?? []).map((accountId) => this.knownAccount(accountId));
  }

  operation(operationId: string): CoreOperation | undefined {
    return this.byOperationId.get(operationId);
  }

  /** Newest first. */
  operations(): CoreOperation[] {
    return [...this.byOperationId.values()].reverse();
  }

  /** Since when a debit is given back, or marked as one that must not be made. Undefined where it is neither. */
  reversedAt(debitId: string): Date | undefined {
    return this.reversed.get(debitId);
  }

  private open({ account }: CoreAccountOpened): void {
    const { accountId, customerId } = account;
    if (this.byAccountId.has(accountId)) throw new Error(`account ${accountId} is open already`);
    this.idsOfCustomer.set(customerId, [...(this.idsOfCustomer.get(customerId) ?? []), accountId]);
    this.put({ ...account, balance: Money.parse(account.balance) });
  }

  private change({ accountId, change: { balance, ...change } }: CoreAccountChanged): void {
    const account = this.knownAccount(accountId);
    this.put({ ...account, ...change, ...(balance !== undefined && { balance: Money.parse(balance) }) });
  }

  /** Only one account of a customer is paid from where nobody says which. */
  private put(account: CoreAccount): void {
    this.byAccountId.set(account.accountId, account);
    if (!account.preferred) return;
    for (const other of this.accounts(account.customerId)) {
      if (other.accountId !== account.accountId && other.preferred) {
        this.byAccountId.set(other.accountId, { ...other, preferred: false });
      }
    }
  }

  private decide({ order, answer, moved, at }: CoreDecided): void {
    const { operationId } = order.request;
    const before = this.byOperationId.get(operationId);
    if (before !== undefined && isFinal(before)) throw new Error(`operation ${operationId} is decided already`);
    const now = new Date(at);
    this.decisions += 1;
    if (moved) this.move(order);
    if (order.kind === 'REVERSAL' && answer.outcome === 'DONE' && !this.reversed.has(order.request.debitId)) {
      this.reversed.set(order.request.debitId, now);
    }
    const { firstAskedAt = now, timesAsked = 0 } = before ?? {};
    const asked = { firstAskedAt, lastAskedAt: now, timesAsked: timesAsked + 1 };
    this.byOperationId.set(operationId, { order, answer, moved, ...asked });
  }

  private move({ kind, request: { accountId, amount } }: CoreDecided['order']): void {
    const account = this.knownAccount(accountId);
    const money = Money.parse(amount);
    const balance = kind === 'DEBIT' ? account.balance.minus(money) : account.balance.plus(money);
    this.byAccountId.set(accountId, { ...account, balance });
  }

  private ask({ operationId, at }: CoreAsked): void {
    const operation = this.byOperationId.get(operationId);
    if (operation === undefined) throw new Error(`operation ${operationId} was never decided`);
    const asked = { lastAskedAt: new Date(at), timesAsked: operation.timesAsked + 1 };
    this.byOperationId.set(operationId, { ...operation, ...asked });
  }
}
