/** The kinds of faults that a check of the books can find, each with its text about the subject. */
export const FAULTS = {
  ENTRY_ALTERED: 'is not what was sealed',
  ENTRY_MISSING: 'was sealed and is gone',
  ENTRY_SMUGGLED_IN: 'lies among sealed entries and was not sealed with them',
  SEAL_BROKEN: 'is not the seal of its entries',
  SEAL_MISSING: 'is gone from the chain',
  HEAD_UNEXPECTED: 'has another hash than the one expected',
  TURNOVER_WRONG: 'sums up to something else than the entries',
  CHECKPOINT_WRONG: 'sums up to something else than the entries',
  BALANCE_WRONG: 'has another balance than its entries sum up to',
  ACCOUNT_MISSING: 'has entries and does not exist',
  NOT_IN_TRANSIT: 'is open, and the journal does not have its amount in transit',
  NOT_OPEN: 'is not open, and the journal has its amount in transit',
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
