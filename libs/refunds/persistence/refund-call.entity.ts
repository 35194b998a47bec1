import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RefundCall } from '../domain/timeline.js';

/** A call of the PS to `/refund` and our answer, repeats and unreadable ones included. Partitioned by month. */
@Entity('refund_calls')
export class RefundCallEntity implements RefundCall {
  @PrimaryColumn('uuid') id!: string;
  /** Null if the body has no readable one. */
  @Column('text', { nullable: true }) refundId!: string | null;
  /** X-Request-ID (R23). */
  @Column('text') requestId!: string;
  /** With the customer masked; null if the body is not a JSON object. */
  @Column('text', { nullable: true }) body!: string | null;
  @Column('int') httpStatus!: number;
  @Column('text') resultCode!: string;
  /** Why the answer is what it is: a refusal, REPEATED or AGAINST_REVERSAL. */
  @Column('text', { nullable: true }) remark!: string | null;
  @PrimaryColumn('timestamptz') receivedAt!: Date;
}
