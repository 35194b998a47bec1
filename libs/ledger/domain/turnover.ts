/** Sums of debits and credits in tiyn. They are bigints, because they may exceed the largest Money. */
export interface Turnover {
  readonly debited: bigint;
  readonly credited: bigint;
}

export const NO_TURNOVER: Turnover = { debited: 0n, credited: 0n };

export function plus(a: Turnover, b: Turnover): Turnover {
  return { debited: a.debited + b.debited, credited: a.credited + b.credited };
}

export function minus(a: Turnover, b: Turnover): Turnover {
  return { debited: a.debited - b.debited, credited: a.credited - b.credited };
}
