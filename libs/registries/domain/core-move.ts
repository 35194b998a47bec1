/** Money of a customer that the settlement of a discrepancy moves at a bank's core. Source: R40. */
export interface CoreMove {
  /** The subject of its operations at the core, derived, so that the core recognises it after a restore (R39). */
  readonly id: string;
  readonly discrepancyId: string;
  readonly kind: 'DEBIT' | 'CREDIT';
  /** Of the journal entries of the operation that Kaspi has. */
  readonly reference: string;
  readonly createdAt: Date;
}
