/** A recovery, from the start of the server with RECOVERED_FROM until an operator ends it. */
export interface RecoveryPeriod {
  readonly recoveredFrom: Date;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly endedBy: string | null;
  readonly reason: string | null;
}
