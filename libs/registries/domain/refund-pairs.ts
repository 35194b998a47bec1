/** A row of a refund whose payment is matched and whose refund is not. */
export interface UnpairedRow {
  readonly row: number;
  readonly paymentId: string;
  /** Kaspi's id of the refund. */
  readonly operation: string | null;
  readonly amount: bigint | null;
  readonly at: Date | null;
}

/** A refund in the books without a row. */
export interface UnpairedRefund {
  readonly id: string;
  readonly paymentId: string;
  /** Kaspi's id of the refund; null before its receipt. */
  readonly operation: string | null;
  readonly amount: bigint;
  readonly at: Date;
}

export interface UnpairedRefunds {
  /** The last payment of the page. */
  readonly last: string;
  readonly rows: readonly UnpairedRow[];
  readonly refunds: readonly UnpairedRefund[];
}

export interface RefundPair {
  readonly row: number;
  readonly refundId: string;
}

/**
 * Pairs rows with refunds of the same payment, each refund with one Kaspi operation. First those of the same amount, the
 * nearest in time first; then any amount within a day, so that a wrong amount is one AMOUNT_MISMATCH and not two missing
 * operations. Different Kaspi ids never pair. Rows of the same Kaspi operation get the same refund: the second is a duplicate.
 */
export function pairRefunds(rows: readonly UnpairedRow[], refunds: readonly UnpairedRefund[]): RefundPair[] {
  const pairs: RefundPair[] = [];
  const refundsByPayment = Map.groupBy(refunds, ({ paymentId }) => paymentId);
  for (const [paymentId, rowsOfPayment] of Map.groupBy(rows, (row) => row.paymentId)) {
    const unpaired = new Set(refundsByPayment.get(paymentId) ?? []);
    let operations = [...Map.groupBy(rowsOfPayment, ({ row, operation }) => operation ?? row).values()];
    for (const sameAmount of [true, false]) {
      const candidates = operations
        .flatMap((operation) =>
          [...unpaired].map((refund) => ({ operation, refund, distance: distanceMs(operation[0], refund) })),
        )
        .filter(({ operation, refund }) => haveNoDifferentIds(operation[0], refund))
        .filter(({ operation, refund, distance }) =>
          sameAmount ? operation[0]?.amount === refund.amount : distance <= DAY_MS,
        )
        .sort((one, other) => one.distance - other.distance);
      const paired = new Set<readonly UnpairedRow[]>();
      for (const { operation, refund } of candidates) {
        if (paired.has(operation) || !unpaired.delete(refund)) continue;
        paired.add(operation);
        pairs.push(...operation.map(({ row }) => ({ row, refundId: refund.id })));
      }
      operations = operations.filter((operation) => !paired.has(operation));
    }
  }
  return pairs;
}

const DAY_MS = 86_400_000;

function haveNoDifferentIds(row: UnpairedRow | undefined, { operation }: UnpairedRefund): boolean {
  return !row?.operation || operation === null || row.operation === operation;
}

function distanceMs(row: UnpairedRow | undefined, refund: UnpairedRefund): number {
  return row?.at ? Math.abs(row.at.getTime() - refund.at.getTime()) : Number.MAX_SAFE_INTEGER;
}
