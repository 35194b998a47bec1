/** The result of a check of the books. */
export interface Verification {
  /** Grows with time; a bigint as text. */
  readonly id: string;
  readonly verifiedAt: Date;
  /** The number of sealed entries, each of which was compared. */
  readonly entries: bigint;
  /** Number and hash of the last seal at that time; null before the first seal. */
  readonly seal: string | null;
  readonly hash: string | null;
  /** The number of faults. */
  readonly faults: number;
}
