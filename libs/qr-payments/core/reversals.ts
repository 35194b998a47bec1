import { Settings } from '@mpp/config';
import { CoreRecord } from '@mpp/core-banking';
import { addMilliseconds, Clock, firstEscalation } from '@mpp/kernel';
import { type Births, Outbox } from '@mpp/outbox';
import type { Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Payment } from '../domain/payment.js';
import { REVERSAL_TOPIC, type ReversalPayload } from './topics.js';

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
   * Puts on record what the core is asked for of those payments that have just become REVERSING, and the message that asks.
   * Call what it returns after the commit. Without `births` it is left to whoever claims it.
   */
  async ask(tx: Tx, payments: readonly Payment[], births: Births | null): Promise<() => void> {
    const reversing = payments.filter(({ status }) => status === 'REVERSING');
    if (reversing.length === 0) return () => undefined;
    const debits = await this.record.debitsOf(
      tx,
      reversing.map(({ id }) => id),
    );
    const dispatches: (() => void)[] = [];
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
      const birth = births?.claim(REVERSAL_TOPIC) ?? { id: uuidv7(), lease: null, nextAttemptAt: now };
      const payload: ReversalPayload = { operationId };
      await tx.query('select outbox_enqueue($1, $2, $3, $4, $5, $6, $7, $8)', [
        birth.id,
        REVERSAL_TOPIC,
        id,
        JSON.stringify(payload),
        birth.nextAttemptAt,
        birth.lease,
        dueAt,
        now,
      ]);
      dispatches.push(() => this.outbox.dispatch(REVERSAL_TOPIC, birth, id, payload));
    }
    return () => {
      for (const dispatch of dispatches) dispatch();
    };
  }
}
