import { isDeepStrictEqual } from 'node:util';
import type { Model } from './model.js';
import {
  applyCredit,
  applyDebitResult,
  applyNotifyResult,
  applyRefusedCredit,
  applyRefusedReversal,
  applyReversal,
} from './model-rules.js';
import { type DebitState, isGivenBack, type ModelPayment, type ModelRefund } from './model-types.js';
import type { Run } from './run.js';

/** A row of the servers' log of calls to the PS. */
export interface CallRow {
  readonly payment_id: string;
  readonly request_id: string;
  readonly attempt: number;
  readonly request: string;
  readonly outcome: 'ANSWERED' | 'NOT_SENT' | 'UNKNOWN' | null;
  readonly result_code: string | null;
  /** The body of the answer, or the reason why there was none. */
  readonly answer: string | null;
  readonly finished_at: Date | null;
}

const NOT_ATTEMPTED = 'the lease ended too soon for an attempt';

/** A row of the servers' log of operations at the bank's core. */
export interface OperationRow {
  readonly id: string;
  readonly kind: 'DEBIT' | 'CREDIT' | 'REVERSAL';
  readonly subject: string;
  readonly core_account: string;
  readonly state: DebitState;
  readonly reason: string | null;
  readonly answered_at: Date | null;
}

/**
 * Updates the model with the answers of the PS and of the bank's core, as the servers have recorded them. A recorded answer
 * must be one that the PS or the core has really given; that no answer arrived only the server can know.
 */
export class ModelUpdater {
  private readonly seen = new Set<string>();

  constructor(private readonly run: Run) {}

  async updateModel(): Promise<void> {
    const { model } = this.run;
    const operations = await this.operations();
    for (const row of operations) if (row.kind === 'DEBIT') this.debit(model, row);
    await this.notifies();
    for (const row of operations) if (row.kind === 'REVERSAL') this.reversalAtCore(row);
    await this.reversals();
    await this.refunds(operations.filter(({ kind }) => kind === 'CREDIT'));
  }

  /** Updates this model with the debits that have ended, and with nothing else. */
  async debits(model: Model): Promise<void> {
    for (const row of await this.operations()) if (row.kind === 'DEBIT') this.debit(model, row);
  }

  private async operations(): Promise<OperationRow[]> {
    const { model, system } = this.run;
    if (model.core === 'own ledger' || model.payments.length === 0) return [];
    const customers = [this.run.nameOf(0), this.run.nameOf(1)];
    return system.database.query(
      'select * from core_operations where customer_id = any($1) order by requested_at, kind, ordinal',
      [customers],
    );
  }

  private debit(model: Model, row: OperationRow): void {
    const payment = model.get(row.subject);
    if (payment.debit !== 'REQUESTED') return;
    if (row.state === 'REQUESTED' || row.answered_at === null) {
      const { deadline, number } = payment;
      if (this.run.drainedAt > deadline) throw new Error(`#${number} is still DEBITING after its deadline`);
      return;
    }
    if (row.state !== 'ABANDONED') this.expectSameAtCore(row);
    applyDebitResult(payment, { state: row.state, at: row.answered_at.getTime() });
    if (model !== this.run.model) return;
    this.run.log.push(`    the debit of #${payment.number} is ${row.state}: the payment is ${payment.status}`);
    this.run.count(`debit at the core: ${row.state}, the payment is ${payment.status}`);
  }

  private reversalAtCore(row: OperationRow): void {
    const { id, state, core_account: account } = row;
    if (state === 'REQUESTED' || !this.isNews(`${id} ${state}`)) return;
    this.expectSameAtCore(row);
    const payment = this.run.model.get(row.subject);
    // A refused debit may have been made: its reversal changes nothing here.
    if (payment.status === 'DECLINED') return;
    const moved = this.run.coreOperations().find((o) => o.kind === 'REVERSAL' && o.moved && o.reference === payment.id);
    if (state === 'DONE') applyReversal(payment, moved?.accountId ?? account);
    else applyRefusedReversal(payment, account);
    this.run.log.push(`    reversal of #${payment.number} to ${account}: ${state} ${row.reason ?? ''}`);
    const other = account === payment.account ? 'the debited' : 'another';
    this.run.count(`reversal at the core to ${other} account: ${state}`);
  }

  /** Suspense and releases of the own ledger, and debits at the core that became known after their deadline. */
  private async reversals(): Promise<void> {
    const { model, system } = this.run;
    const given = model.payments.filter(isGivenBack);
    const waiting = given.filter(({ status, debitedAt }) => status === 'REVERSING' || debitedAt === null);
    if (waiting.length === 0) return;
    const rows = await system.database.query<ReversalRow>(
      `select r.*, p.debited_at from qr_payment_reversals r join qr_payments p on p.id = r.payment_id
       where p.id = any($1)`,
      [waiting.map(({ id }) => id)],
    );
    for (const payment of waiting) {
      const row = rows.find(({ payment_id }) => payment_id === payment.id);
      if (row === undefined) throw new Error(`#${payment.number} is ${payment.status}, and has no reversal`);
      if (payment.debitedAt === null && row.debited_at !== null) this.lateDebit(payment, row.debited_at);
      if (model.core === 'own ledger') this.releasedByLedger(payment, row);
      else if (row.suspended_at !== null) payment.suspended = true;
    }
  }

  /** A suspended reversal stays suspended until the next attempt. */
  private releasedByLedger(payment: ModelPayment, row: ReversalRow): void {
    const account = this.run.model.receiverOf(payment.customer, payment.account);
    if (row.credited_at === null || account === null) return;
    applyReversal(payment, account);
    this.run.count('a reversal is released from suspense');
  }

  private lateDebit(payment: ModelPayment, at: Date): void {
    const debit = this.run.coreOperations().find(({ kind, reference }) => kind === 'DEBIT' && reference === payment.id);
    if (debit?.moved !== true) throw new Error(`#${payment.number} is booked as debited, and the core has not debited`);
    payment.debitedAt = at.getTime();
    this.run.count('a debit at the core became known after its deadline');
  }

  /** The core has the operation with the same outcome. */
  private expectSameAtCore({ id, state, reason }: OperationRow): void {
    const operation = this.run.coreOperations().find(({ operationId }) => operationId === id);
    // A copy of a refused reversal may arrive late and be done.
    if (state === 'REFUSED' && operation?.kind === 'REVERSAL' && operation.outcome === 'DONE') return;
    if (!isDeepStrictEqual([operation?.outcome, operation?.reason], [state, reason])) {
      throw new Error(
        `the core has ${operation?.outcome} ${operation?.reason} for ${id}, the server ${state} ${reason}`,
      );
    }
  }

  private async notifies(): Promise<void> {
    const ids = this.run.model.payments.flatMap(({ id, notified }) => (notified === null ? [] : [id]));
    const rows = ids.length === 0 ? [] : await this.run.notifies(ids);
    for (const row of rows) {
      const { request_id, attempt, outcome, finished_at } = row;
      if (outcome === null || finished_at === null || !this.isNews(`${request_id} ${attempt}`)) continue;
      this.run.expectAsAnswered(row);
      // Nothing was attempted, for example because the clock jumped: it decides nothing.
      if (row.answer === NOT_ATTEMPTED) continue;
      const mayHaveArrivedBefore = rows.some(
        (other) => other.request_id === request_id && other.attempt < attempt && other.outcome !== 'NOT_SENT',
      );
      this.notify(row, mayHaveArrivedBefore, finished_at.getTime());
    }
  }

  private notify(row: CallRow, mayHaveArrivedBefore: boolean, at: number): void {
    const { model } = this.run;
    const { attempt, outcome, result_code: code } = row;
    const payment = model.get(row.payment_id);
    const { number, notified } = payment;
    if (notified === null || model.othersOf(payment).some((other) => other.notified !== null))
      throw new Error(`#${number} is notified, but it has no result or another payment of its purchase has one`);
    applyNotifyResult(payment, { attempt, code, mayHaveArrivedBefore }, model, at);
    const result = code ?? outcome;
    this.run.log.push(`    notify ${attempt} of #${number}: ${result}, the payment is ${payment.status}`);
    this.run.count(`notifyPayment: ${result}`);
  }

  private async refunds(credits: readonly OperationRow[]): Promise<void> {
    const { model } = this.run;
    const waiting = model.refunds.filter(isWaiting);
    if (waiting.length === 0) return;
    const rows = await this.run.system.database.query<RefundRow>(
      'select id, refund_id, status, credited_account_id from refunds where refund_id = any($1)',
      [waiting.map(({ refundId }) => refundId)],
    );
    for (const refund of waiting) {
      const row = rows.find(({ refund_id }) => refund_id === refund.refundId);
      if (row === undefined) throw new Error(`refund ${refund.number} was accepted, but is not stored`);
      const { status } = refund;
      if (model.core === 'own ledger') this.creditedByLedger(refund, row);
      else this.creditedByCore(refund, row, credits);
      if (refund.status !== status) this.run.count(`a refund is ${status}, then ${refund.status}`);
    }
  }

  /** The own ledger credits at once: the debited account, else the other open one; without an open account it suspends. */
  private creditedByLedger(refund: ModelRefund, row: RefundRow): void {
    const account = this.run.model.receiverOf(refund.customer, this.paymentOf(refund).account);
    // A suspended refund stays suspended until the next attempt.
    if (account === null || (refund.status === 'SUSPENDED' && row.status === 'SUSPENDED')) refund.status = 'SUSPENDED';
    else applyCredit(refund, account);
  }

  /** Credits at the core are recorded; its answer that the customer has no open account is not, so the model decides that. */
  private creditedByCore(refund: ModelRefund, row: RefundRow, credits: readonly OperationRow[]): void {
    for (const operation of credits.filter(({ subject }) => subject === row.id)) {
      if (operation.state === 'REQUESTED' || !this.isNews(operation.id)) continue;
      this.expectSameAtCore(operation);
      const { core_account: account, state } = operation;
      if (state === 'DONE') applyCredit(refund, account);
      else applyRefusedCredit(refund, account);
      this.run.log.push(`    credit of refund ${refund.number} to ${account}: ${state} ${operation.reason ?? ''}`);
      this.run.count(`credit at the core: ${state}`);
    }
    const hasNone = this.run.model.accountsOf(refund.customer).every(({ status }) => status !== 'OPEN');
    if (row.status === 'SUSPENDED' && hasNone) refund.status = 'SUSPENDED';
  }

  private paymentOf({ payment }: ModelRefund): ModelPayment {
    return this.run.model.get(payment ?? '');
  }

  private isNews(id: string): boolean {
    if (this.seen.has(id)) return false;
    this.seen.add(id);
    return true;
  }
}

interface ReversalRow {
  readonly payment_id: string;
  readonly suspended_at: Date | null;
  readonly credited_at: Date | null;
  readonly debited_at: Date | null;
}

interface RefundRow {
  readonly id: string;
  readonly refund_id: string;
  readonly status: string;
  readonly credited_account_id: string | null;
}

function isWaiting({ status }: ModelRefund): boolean {
  return status === 'ACCEPTED' || status === 'SUSPENDED';
}
