import { expect } from '@jest/globals';
import type { PaymentStatus } from '../../libs/qr-payments/domain/transitions.js';
import { isGivenBack, leadsTo, type ModelPayment, tiyn } from './model-types.js';
import type { Run } from './run.js';

const BALANCE_EVERY = 10;

/** Compares the servers' answers and the accounts with the model. */
export class Comparison {
  private readonly seen = new Map<string, PaymentStatus>();
  private comparisons = 0;

  constructor(private readonly run: Run) {}

  async compare(): Promise<void> {
    const at = this.run.clocks.ready(++this.comparisons % 2);
    await Promise.all([this.customer(0, at), this.customer(1, at), this.refunds(), this.journal()]);
    if (this.run.model.core === 'own ledger') await Promise.all([this.balances(0, at), this.balances(1, at)]);
    else this.coreMoved();
    if (this.comparisons % BALANCE_EVERY === 0) await this.isBalanced();
  }

  async isBalanced(): Promise<void> {
    expect(await this.run.mpp(0).trialBalance()).toMatchObject({ balanced: true });
    const debitedTwice = await this.run.system.database.query(
      `select kaspi_payment_id from qr_payments where debited_at is not null or debit_requested_at is not null
       group by 1 having count(*) > 1`,
    );
    expect(debitedTwice).toEqual([]);
  }

  private async customer(customer: number, at: number): Promise<void> {
    const payments = await (await this.run.as(customer, at)).payments('?limit=200');
    const { model } = this.run;
    const shown = payments.body.items.map((p) => ({
      ...{ id: p.id, status: p.status as PaymentStatus, amount: p.amount === null ? null : tiyn(p.amount) },
      ...{ hasReceipt: p.receipt !== null, refunded: tiyn(String(p.refundedAmount)) },
    }));
    const inModel = model.payments.filter((p) => p.customer === customer);
    const expected = inModel.map(({ id, status, amount, hasReceipt, refunded }) => ({
      ...{ id, status, amount, hasReceipt, refunded },
    }));
    expect(shown.sort(byId)).toEqual(expected.sort(byId));
    for (const { id, status } of shown) this.sees(id, status);
  }

  private async refunds(): Promise<void> {
    const inModel = this.run.model.refunds.map(({ refundId: id, status }) => ({ id, status }));
    const rows = await this.run.system.database.query<{ id: string; status: string }>(
      'select refund_id as id, status from refunds where refund_id = any($1)',
      [inModel.map(({ id }) => id)],
    );
    expect(rows.sort(byId)).toEqual(inModel.sort(byId));
  }

  /** The journal has the model's balance of each account; of an account at a bank's core it has the movements only. */
  private async journal(): Promise<void> {
    const { model, system } = this.run;
    const rows = await system.database.query<{ id: string; balance: string }>(
      'select coalesce(core_account, id::text) as id, balance from ledger_accounts where customer_id = any($1)',
      [[0, 1].map((customer) => this.run.nameOf(customer))],
    );
    for (const account of model.accounts) {
      const begin = model.core === 'own ledger' ? 0n : account.deposited;
      const journal = BigInt(rows.find(({ id }) => id === account.id)?.balance ?? 0);
      expect(journal).toBe(model.balance(account) - begin);
    }
  }

  /** The balances that the customer sees. */
  private async balances(customer: number, at: number): Promise<void> {
    const { body } = await (await this.run.as(customer, at)).accounts();
    const open = this.run.model.accountsOf(customer).filter(({ status }) => status === 'OPEN');
    const shown = body.items.map(({ id, balance }) => ({ id, balance: tiyn(balance) }));
    expect(shown).toEqual(open.map((account) => ({ id: account.id, balance: this.run.model.balance(account) })));
  }

  /** The core has made the movements of the model, and may have made those whose outcome is not known yet. */
  private coreMoved(): void {
    const operations = this.run.coreOperations();
    const moved = (kind: string, reference: string) => {
      const done = operations.filter((o) => o.kind === kind && o.reference === reference && o.moved);
      return done.reduce((sum, { amount }) => sum + tiyn(amount), 0n);
    };
    for (const payment of this.run.model.payments) {
      const net = moved('DEBIT', payment.id) - moved('REVERSAL', payment.id);
      if (!maybeTaken(payment).includes(net)) throw new Error(`#${payment.number} took ${net} tiyn at the core`);
    }
    for (const { refundId, number, status, amount, againstReversal } of this.run.model.refunds) {
      const given = moved('CREDIT', refundId);
      const certain = status === 'CREDITED' && !againstReversal ? amount : 0n;
      const maybe = status === 'ACCEPTED' || status === 'SUSPENDED' ? amount : certain;
      if (given !== certain && given !== maybe) throw new Error(`refund ${number} gave ${given} tiyn at the core`);
    }
  }

  private sees(id: string, status: PaymentStatus): void {
    const before = this.seen.get(id) ?? status;
    if (!leadsTo(before, status)) throw new Error(`${id} went from ${before} to ${status}`);
    this.seen.set(id, status);
  }
}

/** The amounts by which the customer's account may be lower at this moment. */
function maybeTaken(payment: ModelPayment): readonly bigint[] {
  const { status, debitedAt } = payment;
  const amount = payment.amount ?? 0n;
  if (status === 'DEBITING' || status === 'REVERSING') return [0n, amount];
  return debitedAt !== null && !isGivenBack(payment) ? [amount] : [0n];
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}
