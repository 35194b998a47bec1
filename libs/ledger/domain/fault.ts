/** The kinds of faults that a check of the books can find, each with its text about the subject. */
export const FAULTS = {
  ENTRY_ALTERED: 'is not what was sealed',
  ENTRY_MISSING: 'was sealed and is missing',
  ENTRY_INSERTED: 'is among sealed entries and was not sealed with them',
  SEAL_BROKEN: 'does not match its entries',
  SEAL_MISSING: 'is missing from the chain',
  HEAD_UNEXPECTED: 'has another hash than expected',
  TURNOVER_WRONG: 'differs from the sum of the entries',
  CHECKPOINT_WRONG: 'differs from the sum of the entries',
  BALANCE_WRONG: 'has a balance that differs from the sum of its entries',
  ACCOUNT_MISSING: 'has entries and does not exist',
  NOT_IN_TRANSIT: 'is open, but its amount is not in transit in the journal',
  NOT_OPEN: 'is not open, but its amount is in transit in the journal',
  IN_TRANSIT_WRONG: 'is not the sum of the open payments',
} as const;

export type FaultKind = keyof typeof FAULTS;

export interface Fault {
  readonly kind: FaultKind;
  /** The name of the row: `entry 17`, `account 019b…`, `payment 019b…`, `seal 3`. */
  readonly subject: string;
}

/** One line for operators: `entry 17 is not what was sealed`. */
export function describeFault({ kind, subject }: Fault): string {
  return `${subject} ${FAULTS[kind]}`;
}
