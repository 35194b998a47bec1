import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The columns of a message, waiting or done. */
abstract class MessageColumns {
  /** UUIDv7: the order of the list. */
  @PrimaryColumn('uuid') id!: string;
  @Column('text') topic!: string;
  /** What the message is about, for example a payment's id. */
  @Column('text') key!: string;
  /** json, not jsonb: a repeat sends the same bytes. May hold personal data. */
  @Column('json') payload!: unknown;
  /** The topic delivers the earliest deadline first, if it uses deadlines. */
  @Column('timestamptz', { nullable: true }) deadline!: Date | null;
  /** Why the last attempt did not succeed; at most 500 characters. */
  @Column('text', { nullable: true }) lastError!: string | null;
  @Column('timestamptz') createdAt!: Date;
}

/** A message that is not done: work that is repeated until it succeeds. Source: R10, docs/decisions/0003-outbox.md. */
@Entity('outbox_messages')
export class MessageEntity extends MessageColumns {
  /** Includes the attempt under way. */
  @Column('int', { default: 0 }) attempts!: number;
  /** When the message is due; with a lease, when the lease ends. */
  @Column('timestamptz') nextAttemptAt!: Date;
  /** Names the claim under which an attempt is made; null without one. */
  @Column('uuid', { nullable: true }) lease!: string | null;
}

/** A message that is done, with its last state. Partitioned by month of `doneAt`. Source: R10, docs/decisions/0003-outbox.md. */
@Entity('outbox_done')
export class DoneMessageEntity extends MessageColumns {
  @Column('int') attempts!: number;
  @PrimaryColumn('timestamptz') doneAt!: Date;
}
