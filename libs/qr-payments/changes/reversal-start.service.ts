import { Settings } from '@mpp/config';
import { CoreOperations } from '@mpp/core-banking';
import { decideCredit } from '@mpp/crediting';
import { DomainError } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import { Outbox } from '@mpp/outbox';
import { ClockCheck, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { inSuspense, newReversal, type Reversal } from '../domain/reversal.js';
import { ReversalsRepository } from '../persistence/reversals.repository.js';
import type { PaymentChange } from './payment-change.js';
import { REVERSAL_TOPIC, type ReversalPayload } from './reversal-topic.js';
import { type DecidedReversal, ReversalWriter } from './reversal-writer.service.js';

/** Changes of payments with the reversals that they begin. */
export interface ChangesWithReversals {
  readonly changes: readonly PaymentChange[];
  /** In the own ledger: on an account or in suspense by the end of the transaction. */
  readonly decided: readonly DecidedReversal[];
}

/**
 * Begins reversals in the transaction that makes a debit due back. With the own ledger the money is on an account of the customer
 * at once, or in suspense; from a core it is requested after the commit. Source: R11, R41.
 */
@Injectable()
export class ReversalStart {
  constructor(
    private readonly reversals: ReversalsRepository,
    private readonly writer: ReversalWriter,
    private readonly operations: CoreOperations,
    private readonly ledger: Ledger,
    private readonly outbox: Outbox,
    private readonly clocks: ClockCheck,
    private readonly settings: Settings,
  ) {}

  /** Locks the accounts of customers who get a debit of the own ledger back, and decides where it goes. */
  async chooseAccounts(tx: Tx, changes: readonly PaymentChange[]): Promise<ChangesWithReversals> {
    const reversals = changes.flatMap(({ payment, posting }) =>
      posting === 'REVERSAL' ? newReversal(payment, this.withinMs, this.beginning()) : [],
    );
    const accounts = await this.ledger.lockReceivingAccounts(
      tx,
      reversals.map(({ customerId, accountId: preferred }) => ({ customer: customerId, preferred })),
    );
    const decided = reversals.map((before, index) => {
      const decision = decideCredit('REVERSAL', before, accounts[index] ?? null, before.createdAt);
      return { before, decision, debited: true };
    });
    const suspended = new Set(decided.flatMap(({ before, decision }) => (decision.credited ? [] : before.id)));
    return {
      changes: changes.map((change) =>
        suspended.has(change.payment.id) ? { ...change, payment: inSuspense(change.before, change.payment) } : change,
      ),
      decided,
    };
  }

  /** The payments are written. */
  async beginReversals(tx: Tx, { changes, decided }: ChangesWithReversals): Promise<void> {
    await this.writer.writeReversals(tx, decided);
    for (const { before, decision } of decided) if (!decision.credited) await this.enqueue(tx, before);
    await this.requestFromCore(tx, changes);
  }

  private async requestFromCore(tx: Tx, changes: readonly PaymentChange[]): Promise<void> {
    const reversals = changes.flatMap(({ before, payment }) =>
      payment.status === 'REVERSING' && before.status !== 'REVERSING' && payment.debitRequestedAt !== null
        ? newReversal(payment, this.withinMs, this.beginning())
        : [],
    );
    if (reversals.length === 0) return;
    await this.reversals.saveReversals(tx, reversals);
    const debits = await this.operations.findDebitsByPayment(
      tx,
      reversals.map(({ id }) => id),
    );
    for (const reversal of reversals) {
      const debit = debits.get(reversal.id);
      if (debit === undefined) throw new Error(`payment ${reversal.id} is REVERSING, but no debit was requested`);
      const { operationId: debitId, ...movement } = debit;
      const order = { ...movement, debitId };
      await this.operations.recordCreditOrder(tx, reversal.id, order, debit.coreAccount, reversal.creditBy);
      await this.enqueue(tx, reversal);
    }
  }

  private async enqueue(tx: Tx, { id, creditBy }: Reversal): Promise<void> {
    const payload: ReversalPayload = {};
    await this.outbox.enqueueMessage(tx, { topic: REVERSAL_TOPIC, key: id, payload, deadline: creditBy });
  }

  /** The customer's hour begins now; SERVICE_UNAVAILABLE while the clock of this process is wrong (R41, R42). */
  private beginning(): Date {
    const now = this.clocks.agreedNow();
    if (now === null) throw new DomainError('SERVICE_UNAVAILABLE');
    return now;
  }

  private get withinMs(): number {
    return this.settings.REFUND_CREDIT_DEADLINE_MS;
  }
}
