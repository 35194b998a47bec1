import type { CustomerId } from '@mpp/kernel';

/** The actions that the audit trail records. */
export const AUDIT_ACTIONS = [
  'PAYMENT_RESOLVED',
  'REVERSAL_REDIRECTED',
  'OUTBOX_RETRIED',
  'REFUND_RETRIED',
  'REFUND_REDIRECTED',
  'REFUND_RECHECK_ALLOWED',
  'REFUND_QR_SCANNED',
  'NOTIFICATION_RESENT',
  'ENTRY_CORRECTED',
  'ACCOUNT_STATUS_CHANGED',
  'REGISTRY_UPLOADED',
  'REGISTRY_ACCEPTED',
  'DISCREPANCY_CHANGED',
  'DISCREPANCY_SETTLED',
  'DISCREPANCY_REDIRECTED',
  'TARIFFS_CHANGED',
  'WORKING_DAYS_CHANGED',
  'KASPI_SETTLED',
  'RECOVERY_ENDED',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** An action to be recorded. */
export interface NewAuditEntry {
  readonly at: Date;
  /** The operator's name, see `CurrentOperator`; a customer's id for an action of a customer. */
  readonly actor: string;
  readonly action: AuditAction;
  /** The id of the payment, message, refund, account or journal entry that it changed. */
  readonly subject: string;
  /** The customer whose payment, refund or account it concerns. */
  readonly customerId?: CustomerId | null | undefined;
  /** In the actor's own words. */
  readonly reason?: string | null | undefined;
  readonly details?: object | null | undefined;
}

/** A recorded action. */
export interface AuditEntry {
  /** Increasing; a bigint as text. */
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly customerId: CustomerId | null;
  readonly reason: string | null;
  readonly details: object | null;
}

/** Entries that match every field that is given. */
export interface AuditFilter {
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
  readonly customerId?: string | undefined;
}
