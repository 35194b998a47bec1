import type { PaymentStatus } from './transitions.js';

/** What operators look for; what is absent does not narrow. */
export interface PaymentFilter {
  readonly status?: PaymentStatus | undefined;
  readonly customerId?: string | undefined;
  readonly kaspiPaymentId?: string | undefined;
  /** Created at or after. */
  readonly from?: Date | undefined;
  /** Created before. */
  readonly to?: Date | undefined;
  /** Only those that the PS contradicted after they had been settled (R36). */
  readonly contradicted?: boolean | undefined;
}

/** One change of a payment's status. */
export interface StatusChange {
  readonly version: number;
  readonly status: PaymentStatus;
  readonly reason: string | null;
  readonly at: Date;
}
