import { createHash } from 'node:crypto';
import { type RegistryLine, type Totals, totalsOf } from './registry.js';
import { feeOf } from './registry-rates.js';

/** The differences that a registry can be given, named after what a participant should find. */
export const DIFFERENCE_KINDS = [
  'missing-at-kaspi',
  'missing-at-mpp',
  'amount',
  'status',
  'customer',
  'fee',
  'duplicate',
  'total',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

export interface DifferenceOrder {
  readonly kind: DifferenceKind;
  /** The position, from 1, among the operations that can have this difference. Null: the first one without a difference. */
  readonly nth: number | null;
}

/** A difference and its place. */
export interface PlantedDifference {
  readonly plant: DifferenceKind;
  /** The operation that differs; null for the total. */
  readonly operationId: string | null;
  readonly mppPaymentId: string | null;
  /** The spreadsheet's row number, from 1; of a duplicate the second row; null for a row that is left out. */
  readonly row: number | null;
}

export interface RegistryWithDifferences {
  readonly lines: readonly RegistryLine[];
  /** The sums of the lines, unless a wrong total is planted. */
  readonly totals: Totals;
  readonly planted: readonly PlantedDifference[];
}

/** No operation can have the difference; the message says why. */
export class DifferenceNotPlantable extends Error {
  override readonly name = 'DifferenceNotPlantable';
}

/** The header and "Итоги" come first. */
const FIRST_ROW = 3;
const TOTALS_ROW = 2;

/** The changed line; null leaves the line out. */
const CHANGES: Readonly<Partial<Record<DifferenceKind, (line: RegistryLine) => RegistryLine | null>>> = {
  'missing-at-kaspi': () => null,
  // One tenge more was paid or refunded. The fee is correct for that amount, so nothing else is wrong.
  amount: (line) => {
    const amount = line.amount + (line.type === 'Возврат' ? -100n : 100n);
    return { ...line, amount, fee: feeOf(amount, line.rate) };
  },
  status: (line) => ({ ...line, confirmed: false }),
  customer: (line) => ({ ...line, customerId: otherCustomer(line.customerId) }),
  // One tiyn, the smallest difference.
  fee: (line) => ({ ...line, fee: line.fee + 1n }),
};

/** The line that is added after a line. */
const ADDITIONS: Readonly<Partial<Record<DifferenceKind, (line: RegistryLine) => RegistryLine>>> = {
  'missing-at-mpp': inventedPurchase,
  duplicate: (line) => line,
};

/** Only purchases can have these: a refund has no fee, and an invented purchase copies a real one. */
const PURCHASES_ONLY: readonly DifferenceKind[] = ['missing-at-kaspi', 'missing-at-mpp', 'fee'];

/**
 * Returns the lines with these differences, each once; the same input gives the same result. A line has at most one
 * difference, and may also have an invented purchase after it. Throws {@link DifferenceNotPlantable}.
 */
export function plantDifferences(
  lines: readonly RegistryLine[],
  differences: readonly DifferenceOrder[],
): RegistryWithDifferences {
  const invented = chooseLines('missing-at-mpp', differences, lines);
  const others = chooseLines('others', differences, lines);
  const written: RegistryLine[] = [];
  const planted: PlantedDifference[] = [];
  const addPlanted = (plant: DifferenceKind, { operationId, mppPaymentId }: RegistryLine, row: number | null) =>
    planted.push({ plant, operationId, mppPaymentId, row });
  const writeLine = (line: RegistryLine) => FIRST_ROW - 1 + written.push(line);

  for (const [index, line] of lines.entries()) {
    const kinds = [others.get(index), invented.get(index)].filter((kind) => kind !== undefined);
    const change = kinds.find((kind) => CHANGES[kind] !== undefined);
    const changed = change === undefined ? line : CHANGES[change]?.(line);
    const row = changed ? writeLine(changed) : null;
    if (change !== undefined) addPlanted(change, changed ?? line, row);
    for (const kind of kinds) {
      const added = ADDITIONS[kind]?.(line);
      if (added !== undefined) addPlanted(kind, added, writeLine(added));
    }
  }

  const totals = totalsOf(written);
  if (!differences.some(({ kind }) => kind === 'total')) return { lines: written, totals, planted };
  planted.push({ plant: 'total', operationId: null, mppPaymentId: null, row: TOTALS_ROW });
  return { lines: written, totals: { ...totals, amount: totals.amount + 100n }, planted };
}

/** The line of each difference, by index: first the numbered differences, then the others at the first free lines. */
function chooseLines(
  group: 'missing-at-mpp' | 'others',
  differences: readonly DifferenceOrder[],
  lines: readonly RegistryLine[],
): Map<number, DifferenceKind> {
  const chosen = new Map<number, DifferenceKind>();
  const inGroup = differences.filter(({ kind }) =>
    group === 'others' ? kind !== 'missing-at-mpp' && kind !== 'total' : kind === group,
  );
  for (const { kind, nth } of inGroup.toSorted((one, other) => Number(one.nth === null) - Number(other.nth === null))) {
    const candidates = [...lines.keys()].filter(
      (index) => !PURCHASES_ONLY.includes(kind) || lines[index]?.type === 'Покупка',
    );
    const line = nth === null ? candidates.find((index) => !chosen.has(index)) : candidates[nth - 1];
    const noun = PURCHASES_ONLY.includes(kind) ? 'purchases' : 'operations';
    if (nth !== null && line === undefined)
      throw new DifferenceNotPlantable(`${kind}:${nth}: there are ${candidates.length} ${noun}`);
    if (line === undefined)
      throw new DifferenceNotPlantable(`${kind}: none of the ${candidates.length} ${noun} is free for it`);
    if (chosen.has(line))
      throw new DifferenceNotPlantable(`${kind}:${nth}: ${chosen.get(line)} is planted there already`);
    chosen.set(line, kind);
  }
  return chosen;
}

/** A purchase like this one that the participant never had. Its ids are derived from this one's, so they are the same each time. */
function inventedPurchase(line: RegistryLine): RegistryLine {
  const operationId = `QR9${line.operationId.slice(2)}`;
  return { ...line, operationId, mppPaymentId: inventedPaymentId(operationId) };
}

/** In the form of a UUID, as most participants' ids are; version 8, which no generator uses. */
function inventedPaymentId(operationId: string): string {
  const hex = createHash('sha256').update(operationId).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

function otherCustomer(customerId: string): string {
  return `${customerId.slice(0, -1)}${customerId.endsWith('1') ? '2' : '1'}`;
}
