import { Ledger } from '@mpp/ledger';
import type { Tx } from '@mpp/platform';
import type { Receipt } from '@mpp/receipts';
import { Injectable } from '@nestjs/common';
import type { Posting } from '../domain/answer.js';
import type { Payment } from '../domain/payment.js';
import { PaymentEvents } from '../events/payment-events.js';
import { writeSettled } from '../persistence/settle.statement.js';
import { PaymentWatch } from '../watch/payment-watch.js';
import { paymentEntry } from './payment-entry.js';
import { ReversalRequests } from './reversal-requests.js';

/** A locked payment and the decision about it. */
export interface PaymentChange {
  readonly before: Payment;
  readonly payment: Payment;
  readonly posting: Posting | null;
  readonly receipt?: Receipt | null;
}

/** Writes decisions about debited payments, or payments whose debit was requested from a core, with all that follows from them. */
@Injectable()
export class PaymentChanges {
  constructor(
    private readonly ledger: Ledger,
    private readonly reversals: ReversalRequests,
    private readonly events: PaymentEvents,
    private readonly watch: PaymentWatch,
  ) {}

  /**
   * Writes status, history, journal entries, requests for reversals and events in the caller's transaction, for all payments
   * together. Waiting confirms and event streams get the payments after the commit.
   */
  async writeChanges(tx: Tx, changes: readonly PaymentChange[]): Promise<void> {
    await writeSettled(tx, changes);
    // The payments are locked, so nobody else books a difference of theirs.
    const differences = changes.filter(({ posting }) => posting?.startsWith('DIFFERENCE'));
    const owed = await this.ledger.readOwed(
      tx,
      differences.map(({ payment }) => payment.id),
    );
    await this.ledger.postEntries(
      tx,
      changes.flatMap(({ payment, posting }) => {
        const entry = posting === null ? null : paymentEntry(payment, posting, owed.get(payment.id) ?? 0n);
        return entry ?? [];
      }),
    );
    const views = changes.map(({ before, payment, receipt = null }) => ({ before, payment, receipt }));
    // A contradiction or a refund changes a payment without changing its status.
    const transitions = views.filter(({ before, payment }) => before.status !== payment.status);
    await this.reversals.requestReversals(
      tx,
      transitions.map(({ payment }) => payment),
    );
    await this.events.enqueueEvents(tx, transitions);
    tx.afterCommit(() => this.watch.notifyChanged(views));
  }
}
