/** A registry's row of a refund of which only the payment is known. */
export interface UnpairedRow {
  readonly row: number;
  readonly paymentId: string;
  /** Kaspi's id of the refund. */
  readonly operation: string | null;
  readonly amount: bigint | null;
  readonly at: Date | null;
}

/** A refund of the books that no row is about yet. */
export interface UnpairedRefund {
  readonly id: string;
  readonly paymentId: string;
  /** Kaspi's id of it, where its receipt said so. */
  readonly operation: string | null;
  readonly amount: bigint;
  readonly at: Date;
}

export interface UnpairedRefunds {
  /** The payment behind which the next ones are. */
  readonly last: string;
  readonly rows: readonly UnpairedRow[];
  readonly refunds: readonly UnpairedRefund[];
}

export interface RefundPair {
  readonly row: number;
  readonly refundId: string;
}

/**
 * Which refund each row is about: one of the same payment and amount, the nearest in time first, each refund for one
 * operation only; then one of the same payment whatever its amount, so that a wrong amount is a difference of amounts and
 * not two operations that are missing; but only within a day, for a row whose refund the books lack must not take one of
 * another week. Where both have Kaspi's id, and not the same, they are two refunds, however alike. Rows of one Kaspi
 * operation are about one refund: the second is a duplicate.
 */
export function pairRefunds(rows: readonly UnpairedRow[], refunds: readonly UnpairedRefund[]): RefundPair[] {
  const pairs: RefundPair[] = [];
  const refundsOf = Map.groupBy(refunds, ({ paymentId }) => paymentId);
  for (const [paymentId, own] of Map.groupBy(rows, (row) => row.paymentId)) {
    const free = new Set(refundsOf.get(paymentId) ?? []);
    const operations = [...Map.groupBy(own, ({ row, operation }) => operation ?? row).values()];
    for (const sameAmount of [true, false]) {
      const candidates = operations
        .flatMap((same) => [...free].map((refund) => ({ same, refund, apart: apartOf(same[0], refund) })))
        .filter(({ same, refund }) => mayBe(same[0], refund))
        .filter(({ same, refund, apart }) => (sameAmount ? same[0]?.amount === refund.amount : apart <= A_DAY_MS))
        .sort((one, other) => one.apart - other.apart);
      const taken = new Set<readonly UnpairedRow[]>();
      for (const { same, refund } of candidates) {
        if (taken.has(same) || !free.delete(refund)) continue;
        taken.add(same);
        pairs.push(...same.map(({ row }) => ({ row, refundId: refund.id })));
      }
      operations.splice(0, operations.length, ...operations.filter((same) => !taken.has(same)));
    }
  }
  return pairs;
}

const A_DAY_MS = 86_400_000;

function mayBe(row: UnpairedRow | undefined, { operation }: UnpairedRefund): boolean {
  return !row?.operation || operation === null || row.operation === operation;
}

function apartOf(row: UnpairedRow | undefined, refund: UnpairedRefund): number {
  return row?.at ? Math.abs(row.at.getTime() - refund.at.getTime()) : Number.MAX_SAFE_INTEGER;
}
