/** What a check of the books came to. */
export interface Verification {
  /** Grows along the list: a bigint as text. */
  readonly id: string;
  readonly verifiedAt: Date;
  /** Entries under seal, each of which was compared. */
  readonly entries: number;
  /** The head of the chain at that time; null before the first seal. */
  readonly head: { readonly number: string; readonly hash: string } | null;
  readonly faults: number;
}
