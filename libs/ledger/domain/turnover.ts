/** What was debited and credited, in tiyn. Sums are bigints, not Money: they may pass its bound. */
export interface Turnover {
  readonly debited: bigint;
  readonly credited: bigint;
}

export const NOTHING: Turnover = { debited: 0n, credited: 0n };

export function plus(a: Turnover, b: Turnover): Turnover {
  return { debited: a.debited + b.debited, credited: a.credited + b.credited };
}

export function minus(a: Turnover, b: Turnover): Turnover {
  return { debited: a.debited - b.debited, credited: a.credited - b.credited };
}
