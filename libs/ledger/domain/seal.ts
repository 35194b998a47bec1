/** A seal covers a range of the journal; its hash covers all earlier seals too. */
export interface Seal {
  /** 1, 2, 3 … without a gap; a bigint as text, as all ids of the journal. */
  readonly number: string;
  readonly firstId: string;
  readonly lastId: string;
  readonly entries: number;
  /** SHA-256 in hexadecimal. */
  readonly hash: string;
}
