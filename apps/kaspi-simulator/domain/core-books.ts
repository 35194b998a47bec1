import { Money } from '@mpp/kernel';
import type { CoreAccount } from './core-account.js';
import { type CoreOperation, isFinal } from './core-operation.js';
import type { CoreAccountChanged, CoreAccountOpened, CoreDecided, CoreEvent, CoreRepeated } from './events.js';

/** The accounts and operations of the bank's core. Changed by {@link applyEvent} only. */
export class CoreBooks {
  private readonly byAccountId = new Map<string, CoreAccount>();
  private readonly idsOfCustomer = new Map<string, string[]>();
  private readonly byOperationId = new Map<string, CoreOperation>();
  /** When each debit was reversed and to which account, or blocked by a reversal that arrived first (null); by its id. */
  private readonly reversals = new Map<string, { readonly at: Date; readonly accountId: string | null }>();
  /** The number of decisions, including refusals of a reversal. */
  decisions = 0;

  /** Throws if the event names an unknown id or is a duplicate: the file is damaged. */
  applyEvent(event: CoreEvent): void {
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
      case 'core-requested':
        this.countRepeat(event);
        break;
    }
  }

  findAccount(accountId: string): CoreAccount | undefined {
    return this.byAccountId.get(accountId);
  }

  /** Throws if the account does not exist. */
  getAccount(accountId: string): CoreAccount {
    const account = this.byAccountId.get(accountId);
    if (account === undefined) throw new Error(`there is no account ${accountId}`);
    return account;
  }

  /** Oldest first, of one customer or all. */
  listAccounts(customerId: string | undefined): CoreAccount[] {
    if (customerId === undefined) return [...this.byAccountId.values()];
    return (this.idsOfCustomer.get(customerId) ?? []).map((accountId) => this.getAccount(accountId));
  }

  findOperation(operationId: string): CoreOperation | undefined {
    return this.byOperationId.get(operationId);
  }

  /** Newest first. */
  listOperations(): CoreOperation[] {
    return [...this.byOperationId.values()].reverse();
  }

  /** When the debit was reversed, or blocked by a reversal that arrived first. */
  reversedAt(debitId: string): Date | undefined {
    return this.reversals.get(debitId)?.at;
  }

  /** The account on which the debit was given back. */
  givenBackTo(debitId: string): string | null {
    return this.reversals.get(debitId)?.accountId ?? null;
  }

  private open({ account }: CoreAccountOpened): void {
    const { accountId, customerId } = account;
    if (this.byAccountId.has(accountId)) throw new Error(`account ${accountId} is open already`);
    this.idsOfCustomer.set(customerId, [...(this.idsOfCustomer.get(customerId) ?? []), accountId]);
    this.setAccount({ ...account, balance: Money.parse(account.balance) });
  }

  private change({ accountId, change: { balance, ...change } }: CoreAccountChanged): void {
    const account = this.getAccount(accountId);
    this.setAccount({ ...account, ...change, ...(balance !== undefined && { balance: Money.parse(balance) }) });
  }

  /** A customer has at most one preferred account. */
  private setAccount(account: CoreAccount): void {
    this.byAccountId.set(account.accountId, account);
    if (!account.preferred) return;
    for (const other of this.listAccounts(account.customerId)) {
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
    if (order.kind === 'REVERSAL' && answer.outcome === 'DONE' && !this.reversals.has(order.request.debitId)) {
      this.reversals.set(order.request.debitId, { at: now, accountId: moved ? order.request.accountId : null });
    }
    const { firstAskedAt = now, timesAsked = 0 } = before ?? {};
    const requests = { firstAskedAt, lastAskedAt: now, timesAsked: timesAsked + 1 };
    this.byOperationId.set(operationId, { order, answer, moved, ...requests });
  }

  private move({ kind, request: { accountId, amount } }: CoreDecided['order']): void {
    const account = this.getAccount(accountId);
    const money = Money.parse(amount);
    const balance = kind === 'DEBIT' ? account.balance.minus(money) : account.balance.plus(money);
    this.byAccountId.set(accountId, { ...account, balance });
  }

  private countRepeat({ operationId, at }: CoreRepeated): void {
    const operation = this.byOperationId.get(operationId);
    if (operation === undefined) throw new Error(`operation ${operationId} has no decision`);
    const requests = { lastAskedAt: new Date(at), timesAsked: operation.timesAsked + 1 };
    this.byOperationId.set(operationId, { ...operation, ...requests });
  }
}
