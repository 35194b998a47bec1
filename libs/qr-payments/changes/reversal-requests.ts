import { Settings } from '@mpp/config';
import { CoreOperations } from '@mpp/core-banking';
import { customerMoneyDeadline, DomainError } from '@mpp/kernel';
import { Outbox } from '@mpp/outbox';
import { ClockCheck, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Payment } from '../domain/payment.js';
import { REVERSAL_TOPIC, type ReversalPayload } from './reversal-topic.js';

/** Requests reversals from an external core, with the repeats and the deadline of a refund (R21). */
@Injectable()
export class ReversalRequests {
  constructor(
    private readonly operations: CoreOperations,
    private readonly outbox: Outbox,
    private readonly clocks: ClockCheck,
    private readonly settings: Settings,
  ) {}

  /**
   * Records a reversal for each of the payments that has become REVERSING, and sends its request after the commit.
   * SERVICE_UNAVAILABLE while the clock of this process is wrong: the customer’s hour begins now (R21, R42).
   */
  async requestReversals(tx: Tx, payments: readonly Payment[]): Promise<void> {
    const reversing = payments.filter(({ status }) => status === 'REVERSING');
    if (reversing.length === 0) return;
    const now = this.clocks.agreedNow();
    if (now === null) throw new DomainError('SERVICE_UNAVAILABLE');
    const debits = await this.operations.findDebitsByPayment(
      tx,
      reversing.map(({ id }) => id),
    );
    for (const { id } of reversing) {
      const debit = debits.get(id);
      if (debit === undefined) throw new Error(`payment ${id} is REVERSING, but no debit was requested from a core`);
      const due = customerMoneyDeadline(now, this.settings.REFUND_CREDIT_DEADLINE_MS);
      const payload: ReversalPayload = { operationId: uuidv7() };
      const reversal = { ...debit, ...payload, debitId: debit.operationId };
      await this.operations.recordReversal(tx, { paymentId: id, reversal, ...due });
      await this.outbox.enqueueMessage(tx, { topic: REVERSAL_TOPIC, key: id, payload, deadline: due.dueAt });
    }
  }
}
