/** The result of a scan or a checkout at the PS. */
export interface QueryResult {
  /** Null if there was no answer. */
  readonly code: string | null;
  /** The body of the answer. */
  readonly answer: string | null;
}
