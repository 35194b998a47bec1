import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Attempt, AttemptOutcome } from '../domain/notification.js';

/** One attempt to send an event to the gateway, written before it is made. Partitioned by month of `startedAt`. Source: R22. */
@Entity('notification_attempts')
export class NotificationAttemptEntity implements Attempt {
  @PrimaryColumn('uuid') notificationId!: string;
  @PrimaryColumn('int') attempt!: number;
  @PrimaryColumn('timestamptz') startedAt!: Date;
  /** Null with an outcome of null: the call is under way, or its process died and the event may have arrived. */
  @Column('timestamptz', { nullable: true }) finishedAt!: Date | null;
  @Column('text', { nullable: true }) outcome!: AttemptOutcome | null;
  /** Null without an answer. */
  @Column('int', { nullable: true }) httpStatus!: number | null;
  @Column('text', { nullable: true }) error!: string | null;
}
