import { isDeepStrictEqual } from 'node:util';
import type { Books } from './books.js';
import { credited, creditRefused, debitHeard, notifyHeard, reversalHeard } from './heard.js';
import type { DebitState, KnownPayment, KnownRefund } from './known.js';
import type { Run } from './run.js';

const SUPERSEDED = 'somebody else has paid the purchase';

/** A call to the PS, as a server has it on record. */
export interface ExchangeRow {
  readonly payment_id: string;
  readonly request_id: string;
  readonly attempt: number;
  readonly request: string;
  readonly outcome: 'ANSWERED' | 'NOT_SENT' | 'UNKNOWN' | null;
  readonly result_code: string | null;
  /** The answer, or why there was none. */
  readonly answer: string | null;
  readonly finished_at: Date | null;
}

/** What a bank's core was asked for, as a server has it on record. */
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
 * Tells the books what the PS and the bank's core said. What a server has on record of it must be what they did say; only
 * that nothing came is the server's to know.
 */
export class Absorber {
  private readonly absorbed = new Set<string>();

  constructor(private readonly run: Run) {}

  async absorb(): Promise<void> {
    const { books } = this.run;
    const operations = await this.operations();
    for (const row of operations) if (row.kind === 'DEBIT') this.debit(books, row);
    await this.notifies();
    for (const row of operations) if (row.kind === 'REVERSAL') this.reversal(row);
    await this.refunds(operations.filter(({ kind }) => kind === 'CREDIT'));
  }

  /** What is known by now of debits alone. */
  async debits(books: Books): Promise<void> {
    for (const row of await this.operations()) if (row.kind === 'DEBIT') this.debit(books, row);
  }

  private async operations(): Promise<OperationRow[]> {
    const { books, world } = this.run;
    if (books.core === 'own ledger' || books.payments.length === 0) return [];
    const customers = [this.run.nameOf(0), this.run.nameOf(1)];
    return world.database.query('select * from core_operations where customer_id = any($1) order by requested_at, id', [
      customers,
    ]);
  }

  private debit(books: Books, row: OperationRow): void {
    const payment = books.get(row.subject);
    if (payment.debit !== 'REQUESTED') return;
    if (row.state === 'REQUESTED' || row.answered_at === null) {
      const { deadline, number } = payment;
      if (this.run.drainedAt > deadline) throw new Error(`#${number} is still DEBITING, and its time is over`);
      return;
    }
    if (row.state !== 'ABANDONED') this.saidSo(row);
    debitHeard(payment, { state: row.state, at: row.answered_at.getTime() });
    if (books !== this.run.books) return;
    this.run.story.push(`    the debit of #${payment.number} is ${row.state}, so it is ${payment.status}`);
    this.run.count(`the core's debit: ${row.state}, so it is ${payment.status}`);
  }

  private reversal(row: OperationRow): void {
    if (row.state !== 'DONE' || !this.isNews(row.id)) return;
    this.saidSo(row);
    const payment = this.run.books.get(row.subject);
    reversalHeard(payment);
    this.run.story.push(`    #${payment.number} is given back`);
    this.run.count('the core gave back');
  }

  /** The core's own books say the same. */
  private saidSo({ id, state, reason }: OperationRow): void {
    const said = this.run.coreOperations().find(({ operationId }) => operationId === id);
    if (!isDeepStrictEqual([said?.outcome, said?.reason], [state, reason])) {
      throw new Error(`the core said ${said?.outcome} ${said?.reason} to ${id}, and not ${state} ${reason}`);
    }
  }

  private async notifies(): Promise<void> {
    const ids = this.run.books.payments.flatMap(({ id, told }) => (told === null ? [] : [id]));
    const rows = ids.length === 0 ? [] : await this.run.notifies(ids);
    for (const row of rows) {
      const { request_id, attempt, outcome, finished_at } = row;
      if (outcome === null || finished_at === null || !this.isNews(`${request_id} ${attempt}`)) continue;
      this.run.isAsItWasSaid(row);
      const mayHaveArrivedBefore = rows.some(
        (other) => other.request_id === request_id && other.attempt < attempt && other.outcome !== 'NOT_SENT',
      );
      this.notify(row, mayHaveArrivedBefore, finished_at.getTime());
    }
  }

  private notify(row: ExchangeRow, mayHaveArrivedBefore: boolean, at: number): void {
    const { books } = this.run;
    const { attempt, outcome, result_code: code } = row;
    const payment = books.get(row.payment_id);
    const { number, told } = payment;
    const superseded = outcome === 'NOT_SENT' && row.answer === SUPERSEDED;
    if (superseded && (told === 'SUCCESS' || !books.wasAskedByAnother(payment)))
      throw new Error(`#${number} is not told, and nobody else has paid`);
    if (told !== 'SUCCESS' && outcome !== 'NOT_SENT' && this.run.wasPaidByAnother(payment))
      throw new Error(`#${number} tells that there is no purchase, and somebody else has paid it`);
    notifyHeard(payment, { attempt, code, mayHaveArrivedBefore, superseded }, books.core, at);
    const said = code ?? (superseded ? 'superseded' : outcome);
    this.run.story.push(`    attempt ${attempt} to tell of #${number}: ${said}, so it is ${payment.status}`);
    this.run.count(`notifyPayment: ${said}`);
  }

  private async refunds(credits: readonly OperationRow[]): Promise<void> {
    const { books } = this.run;
    const waiting = books.refunds.filter(isWaiting);
    if (waiting.length === 0) return;
    const rows = await this.run.world.database.query<RefundRow>(
      'select id, refund_id, status, credited_account_id from refunds where refund_id = any($1)',
      [waiting.map(({ refundId }) => refundId)],
    );
    for (const refund of waiting) {
      const row = rows.find(({ refund_id }) => refund_id === refund.refundId);
      if (row === undefined) throw new Error(`refund ${refund.number} was promised, and is not known`);
      const { status } = refund;
      if (books.core === 'own ledger') this.creditedByLedger(refund, row);
      else this.creditedByCore(refund, row, credits);
      if (refund.status !== status) this.run.count(`a refund is ${status}, then ${refund.status}`);
    }
  }

  /** It is there at once, on the account that was debited, else on the other one; without an open account it is owed. */
  private creditedByLedger(refund: KnownRefund, row: RefundRow): void {
    const open = this.run.books.accountsOf(refund.customer).filter(({ status }) => status === 'OPEN');
    const debited = this.paymentOf(refund).account;
    const account = open.find(({ id }) => id === debited) ?? open[0];
    // What is owed already waits for the next attempt.
    if (account === undefined || (refund.status === 'SUSPENDED' && row.status === 'SUSPENDED'))
      refund.status = 'SUSPENDED';
    else credited(refund, account.id);
  }

  /** By what the core said to its credits; that there is no account at all it says to a question, which nobody records. */
  private creditedByCore(refund: KnownRefund, row: RefundRow, credits: readonly OperationRow[]): void {
    for (const operation of credits.filter(({ subject }) => subject === row.id)) {
      if (operation.state === 'REQUESTED' || !this.isNews(operation.id)) continue;
      this.saidSo(operation);
      const { core_account: account, state } = operation;
      if (state === 'DONE') credited(refund, account);
      else creditRefused(refund, account);
      this.run.story.push(
        `    the credit of refund ${refund.number} on ${account}: ${state} ${operation.reason ?? ''}`,
      );
      this.run.count(`the core's credit: ${state}`);
    }
    const hasNone = this.run.books.accountsOf(refund.customer).every(({ status }) => status !== 'OPEN');
    if (row.status === 'SUSPENDED' && hasNone) refund.status = 'SUSPENDED';
  }

  private paymentOf({ payment }: KnownRefund): KnownPayment {
    return this.run.books.get(payment ?? '');
  }

  private isNews(id: string): boolean {
    if (this.absorbed.has(id)) return false;
    this.absorbed.add(id);
    return true;
  }
}

interface RefundRow {
  readonly id: string;
  readonly refund_id: string;
  readonly status: string;
  readonly credited_account_id: string | null;
}

function isWaiting({ status }: KnownRefund): boolean {
  return status === 'ACCEPTED' || status === 'SUSPENDED';
}
