import type { CustomerId } from '@mpp/kernel';

/** What people do that the audit trail remembers. */
export const AUDIT_ACTIONS = [
  'PAYMENT_RESOLVED',
  'OUTBOX_RETRIED',
  'REFUND_RETRIED',
  'REFUND_REDIRECTED',
  'REFUND_QR_SCANNED',
  'NOTIFICATION_RESENT',
  'ENTRY_CORRECTED',
  'REGISTRY_UPLOADED',
  'REGISTRY_ACCEPTED',
  'DISCREPANCY_CHANGED',
  'TARIFFS_CHANGED',
  'WORKING_DAYS_CHANGED',
  'KASPI_SETTLED',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What somebody does, as the feature that lets them do it puts it down. */
export interface NewAuditEntry {
  readonly at: Date;
  /** The operator's name, see `CurrentOperator`; for a customer their id. */
  readonly actor: string;
  readonly action: AuditAction;
  /** What it was done to: the id of a payment, a message, a refund, a journal entry. */
  readonly subject: string;
  /** Whom it concerns. */
  readonly customerId?: CustomerId | null | undefined;
  /** Why, in the actor's own words. */
  readonly reason?: string | null | undefined;
  readonly details?: object | null | undefined;
}

/** One line of the trail. */
export interface AuditEntry {
  /** Grows along the trail: a bigint as text. */
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly customerId: CustomerId | null;
  readonly reason: string | null;
  readonly details: object | null;
}

/** Entries that match all that is given. */
export interface AuditFilter {
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
  readonly customerId?: string | undefined;
}
