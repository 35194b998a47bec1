import type { CustomerId } from '@mpp/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { EventType } from '../domain/event-types.js';
import type { NotificationRecord, NotificationStatus } from '../domain/notification.js';

/** An event for the participant's gateway. Only its delivery changes. Source: R22. */
@Entity('notifications')
export class NotificationEntity implements NotificationRecord {
  /** The id of its outbox message, and the gateway's `webhook-id`. */
  @PrimaryColumn('uuid') id!: string;
  @Column('text') type!: EventType;
  /** The payment's or the refund's id. */
  @Column('text') subject!: string;
  @Column('text') customerId!: CustomerId;
  /** JSON as text: every attempt sends the same bytes, under the same signature. Not read by lists. */
  @Column('text', { select: false }) body!: string;
  @Column('text', { default: 'PENDING' }) status!: NotificationStatus;
  @Column('int', { default: 0 }) attempts!: number;
  /** The creation or the latest resend: NOTIFICATION_GIVE_UP_AFTER_MS counts from here. */
  @Column('timestamptz') dueSince!: Date;
  /** The latest delivery; a resend does not clear it. */
  @Column('timestamptz', { nullable: true }) deliveredAt!: Date | null;
  @Column('text', { nullable: true }) lastError!: string | null;
  @Column('timestamptz') createdAt!: Date;
}
