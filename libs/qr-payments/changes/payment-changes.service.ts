import type { PaymentId } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import type { Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { Payment } from '../domain/payment.js';
import { PaymentEvents } from '../events/payment-events.js';
import { writeSettled } from '../persistence/settle.statement.js';
import { PaymentWatch } from '../watch/payment-watch.js';
import type { PaymentChange } from './payment-change.js';
import { paymentEntry } from './payment-entry.js';
import { ReversalStart } from './reversal-start.service.js';

/** Writes decisions about debited payments, or payments whose debit was requested from a core, with all that follows from them. */
@Injectable()
export class PaymentChanges {
  constructor(
    private readonly ledger: Ledger,
    private readonly reversals: ReversalStart,
    private readonly events: PaymentEvents,
    private readonly watch: PaymentWatch,
  ) {}

  /**
   * Writes status, history, journal entries, reversals and events in the caller's transaction, for all payments together, and
   * returns the payments as they are then: one that was decided as REVERSED is REVERSING while its money is in suspense (R41).
   * Waiting confirms and event streams get the payments after the commit.
   */
  async writeChanges(tx: Tx, requested: readonly PaymentChange[]): Promise<ReadonlyMap<PaymentId, Payment>> {
    const begun = await this.reversals.chooseAccounts(tx, requested);
    const { changes } = begun;
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
        if (posting === null || posting === 'REVERSAL') return [];
        return paymentEntry(payment, posting, owed.get(payment.id) ?? 0n) ?? [];
      }),
    );
    await this.reversals.beginReversals(tx, begun);
    const views = changes.map(({ before, payment, receipt = null }) => ({ before, payment, receipt }));
    // A contradiction or a refund changes a payment without changing its status.
    const transitions = views.filter(({ before, payment }) => before.status !== payment.status);
    await this.events.enqueueEvents(tx, transitions);
    tx.afterCommit(() => this.watch.notifyChanged(views));
    return new Map(changes.map(({ payment }) => [payment.id, payment]));
  }
}
