import type { Movement } from '@mpp/core-banking';
import type { CreditSource, DecidedCredit } from '@mpp/crediting';
import { Clock, type PaymentId } from '@mpp/kernel';
import type { Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { PaymentChanges } from '../changes/payment-changes.service.js';
import { REVERSAL_TOPIC } from '../changes/reversal-topic.js';
import { ReversalWriter } from '../changes/reversal-writer.service.js';
import { givenBack, type Reversal } from '../domain/reversal.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { ReversalsRepository } from '../persistence/reversals.repository.js';

/** Reversals as money that is owed to customers. */
@Injectable()
export class ReversalCredits implements CreditSource<Reversal> {
  readonly debt = 'REVERSAL';
  readonly topic = REVERSAL_TOPIC;
  private readonly log = new Logger('Payments');

  constructor(
    private readonly payments: PaymentsRepository,
    private readonly reversals: ReversalsRepository,
    private readonly writer: ReversalWriter,
    private readonly changes: PaymentChanges,
    private readonly clock: Clock,
  ) {}

  async readOwed(id: string): Promise<Reversal> {
    const reversal = await this.reversals.findReversal(id as PaymentId);
    if (reversal === null) throw new Error(`payment ${id} has no reversal`);
    return reversal;
  }

  /** The payments first, as everywhere. */
  async lockOwed(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, Reversal>> {
    const payments = ids as readonly PaymentId[];
    await this.payments.lockPayments(tx, payments);
    return this.reversals.lockReversals(tx, payments);
  }

  orderOf({ id }: Reversal, debit: Movement | null) {
    if (debit === null) throw new Error(`payment ${id} was not debited at a core`);
    const { reference, description, operationId: debitId } = debit;
    return { reference, description, debitId };
  }

  async writeCredits(tx: Tx, credits: readonly DecidedCredit<Reversal>[]): Promise<void> {
    const now = this.clock.now();
    const payments = await this.payments.lockPayments(
      tx,
      credits.map(({ before }) => before.id),
    );
    const decided = credits.map((credit) => {
      const payment = payments.get(credit.before.id);
      if (payment === undefined) throw new Error(`payment ${credit.before.id} does not exist`);
      return { ...credit, payment, debited: payment.debitedAt !== null };
    });
    await this.writer.writeReversals(tx, decided);
    const reversed = decided.filter(({ decision }) => decision.credited && decision.change !== null);
    await this.changes.writeChanges(
      tx,
      reversed.map(({ payment }) => ({ before: payment, payment: givenBack(payment, now), posting: null })),
    );
    tx.afterCommit(() => {
      for (const { payment, decision } of decided) {
        if (decision.posting === 'SUSPEND') this.log.warn(`${payment.id} REVERSING: its money is in suspense`);
        else if (decision.posting !== null) this.log.log(`${payment.id} REVERSING → REVERSED`);
      }
    });
  }
}
