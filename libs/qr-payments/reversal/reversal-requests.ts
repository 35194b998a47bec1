import { Settings } from '@mpp/config';
import { CoreRecord } from '@mpp/core-banking';
import { addMilliseconds, Clock, firstEscalation } from '@mpp/kernel';
import { Outbox } from '@mpp/outbox';
import type { Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Payment } from '../domain/payment.js';
import { REVERSAL_TOPIC, type ReversalPayload } from '../core-banking/debit-topic.js';

/** Debits that an outside core is asked to give back: with the persistence and the clock of a refund (R21). */
@Injectable()
export class Reversals {
  constructor(
    private readonly record: CoreRecord,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /**
   * Records the reversals of those of the payments that have just become REVERSING, and the messages that request them of the
   * core after the commit.
   */
  async ask(tx: Tx, payments: readonly Payment[]): Promise<void> {
    const reversing = payments.filter(({ status }) => status === 'REVERSING');
    if (reversing.length === 0) return;
    const debits = await this.record.debitsOf(
      tx,
      reversing.map(({ id }) => id),
    );
    for (const { id } of reversing) {
      const debit = debits.get(id);
      if (debit === undefined) throw new Error(`payment ${id} is REVERSING, and no core was asked to debit it`);
      const now = this.clock.now();
      const dueAt = addMilliseconds(now, this.settings.REFUND_CREDIT_DEADLINE_MS);
      const operationId = uuidv7();
      const reversal = { ...debit, operationId, debitId: debit.operationId };
      await this.record.askReversal(tx, {
        subject: id,
        reversal,
        dueAt,
        nextEscalationAt: firstEscalation(now, dueAt),
      });
      const payload: ReversalPayload = { operationId };
      await this.outbox.enqueue(tx, { topic: REVERSAL_TOPIC, key: id, payload, deadline: dueAt });
    }
  }
}
