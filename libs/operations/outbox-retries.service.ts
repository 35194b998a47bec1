import { AuditTrail } from '@mpp/access';
import { Clock } from '@mpp/kernel';
import { Outbox, type OutboxMessageView } from '@mpp/outbox';
import { Injectable } from '@nestjs/common';

/** Operators' retries of outbox messages. */
@Injectable()
export class OutboxRetries {
  constructor(
    private readonly outbox: Outbox,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** See {@link Outbox.retryMessage}. The audit line is written in the same transaction, and only if the message became due. */
  async retry(messageId: string, operator: string): Promise<OutboxMessageView> {
    return this.outbox.retryMessage(messageId, (tx, { id, topic, key }) =>
      this.trail.recordAction(tx, {
        at: this.clock.now(),
        actor: operator,
        action: 'OUTBOX_RETRIED',
        subject: key,
        details: { messageId: id, topic },
      }),
    );
  }
}
