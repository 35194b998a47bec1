/** A seal covers a stretch of the journal, and with its hash all that lies before. */
export interface Seal {
  /** 1, 2, 3 … without a gap: bigints as text, like all ids of the journal. */
  readonly number: string;
  readonly firstId: string;
  readonly lastId: string;
  readonly entries: number;
  /** SHA-256 in hexadecimal. */
  readonly hash: string;
}
