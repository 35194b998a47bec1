import { AuditTrail } from '@mpp/access';
import { Clock } from '@mpp/kernel';
import { Outbox, type OutboxMessageView } from '@mpp/outbox';
import { Injectable } from '@nestjs/common';

/** Messages that operators have delivered again. */
@Injectable()
export class OutboxRetries {
  constructor(
    private readonly outbox: Outbox,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes the message due, and puts down who did, together. One that is being attempted at this moment is left alone, and
   * nothing is put down. NOT_FOUND; STATE_CONFLICT where what it is about does not allow it.
   */
  async retry(messageId: string, operator: string): Promise<OutboxMessageView> {
    return this.outbox.retry(messageId, (tx, { id, topic, key }) =>
      this.trail.record(tx, {
        at: this.clock.now(),
        actor: operator,
        action: 'OUTBOX_RETRIED',
        subject: key,
        details: { messageId: id, topic },
      }),
    );
  }
}
