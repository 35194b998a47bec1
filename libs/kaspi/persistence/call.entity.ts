import type { PaymentId, RequestId } from '@mpp/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { LoggedCall } from '../domain/call.js';
import type { KaspiMethod } from '../domain/outcome.js';

/** A call to the PS, written before it is sent. Partitioned by month of `startedAt`. Source: R9, R10. */
@Entity('kaspi_calls')
export class CallEntity implements LoggedCall {
  /** `X-Request-ID`; the same for all attempts. */
  @PrimaryColumn('text') requestId!: RequestId;
  @PrimaryColumn('int') attempt!: number;
  @Column('text') method!: KaspiMethod;
  @Column('uuid', { nullable: true }) paymentId!: PaymentId | null;
  /** The body, with the customer masked. */
  @Column('text') request!: string;
  @PrimaryColumn('timestamptz') startedAt!: Date;
  @Column('timestamptz', { nullable: true }) finishedAt!: Date | null;
  /** Null while under way, or if the process died: the call may have arrived. */
  @Column('text', { nullable: true }) outcome!: LoggedCall['outcome'];
  @Column('int', { nullable: true }) httpStatus!: number | null;
  @Column('text', { nullable: true }) resultCode!: string | null;
  @Column('text', { nullable: true }) answer!: string | null;
}
