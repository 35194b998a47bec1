export interface OutboxMessage<Payload> {
  readonly id: string;
  /** What the message is about, a payment's id for one: operators search by it. */
  readonly key: string;
  readonly payload: Payload;
  /** Counts the one under way: it was on record before the attempt began. */
  readonly attempts: number;
  /** Names the claim under which this attempt is made. */
  readonly lease: string;
  readonly leasedUntil: Date;
}
