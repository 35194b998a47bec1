import { createHash } from 'node:crypto';
import { type RegistryLine, type Totals, totalsOf } from './registry.js';
import { feeOf } from './registry-rates.js';

/** What a registry can be made to have wrong, named after what a participant should find. */
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
  /** At which operation, of those that it can be planted at, from 1. Null: at the first one that is free. */
  readonly nth: number | null;
}

/** Where a difference is. */
export interface PlantedDifference {
  readonly plant: DifferenceKind;
  /** The operation that differs; null for the total. */
  readonly operationId: string | null;
  readonly mppPaymentId: string | null;
  /** As a spreadsheet numbers it, from 1: of a duplicate the second one; null for a row that is not there. */
  readonly row: number | null;
}

export interface RegistryWithDifferences {
  readonly lines: readonly RegistryLine[];
  /** They agree with the lines, but where the total is what was planted. */
  readonly totals: Totals;
  readonly planted: readonly PlantedDifference[];
}

/** There is no operation for it; the message says why. */
export class DifferenceNotPlantable extends Error {
  override readonly name = 'DifferenceNotPlantable';
}

/** The header and "Итоги" come first. */
const FIRST_ROW = 3;
const TOTALS_ROW = 2;

/** What becomes of a line; null: it is left out. */
const CHANGES: Readonly<Partial<Record<DifferenceKind, (line: RegistryLine) => RegistryLine | null>>> = {
  'missing-at-kaspi': () => null,
  // One tenge more was paid, or given back. The fee is right for it: nothing else is wrong.
  amount: (line) => {
    const amount = line.amount + (line.type === 'Возврат' ? -100n : 100n);
    return { ...line, amount, fee: feeOf(amount, line.rate) };
  },
  status: (line) => ({ ...line, confirmed: false }),
  customer: (line) => ({ ...line, customerId: another(line.customerId) }),
  // A tiyn: less cannot be wrong.
  fee: (line) => ({ ...line, fee: line.fee + 1n }),
};

/** What is put behind a line. */
const ADDITIONS: Readonly<Partial<Record<DifferenceKind, (line: RegistryLine) => RegistryLine>>> = {
  'missing-at-mpp': strangerBeside,
  duplicate: (line) => line,
};

/** Of purchases alone: a refund costs nothing, and a stranger is like the purchase beside it. */
const OF_PURCHASES: readonly DifferenceKind[] = ['missing-at-kaspi', 'missing-at-mpp', 'fee'];

/**
 * The same lines with these differences, each once, the same ones whenever it is asked. No line has two of them, but any
 * may have a stranger behind it. Throws {@link DifferenceNotPlantable}.
 */
export function plantDifferences(
  lines: readonly RegistryLine[],
  plants: readonly DifferenceOrder[],
): RegistryWithDifferences {
  const strangers = seatsOf('missing-at-mpp', plants, lines);
  const others = seatsOf('others', plants, lines);
  const written: RegistryLine[] = [];
  const planted: PlantedDifference[] = [];
  const note = (plant: DifferenceKind, { operationId, mppPaymentId }: RegistryLine, row: number | null) =>
    planted.push({ plant, operationId, mppPaymentId, row });
  const write = (line: RegistryLine) => FIRST_ROW - 1 + written.push(line);

  for (const [index, line] of lines.entries()) {
    const kinds = [others.get(index), strangers.get(index)].filter((kind) => kind !== undefined);
    const change = kinds.find((kind) => CHANGES[kind] !== undefined);
    const standing = change === undefined ? line : CHANGES[change]?.(line);
    const row = standing ? write(standing) : null;
    if (change !== undefined) note(change, standing ?? line, row);
    for (const kind of kinds) {
      const added = ADDITIONS[kind]?.(line);
      if (added !== undefined) note(kind, added, write(added));
    }
  }

  const totals = totalsOf(written);
  if (!plants.some(({ kind }) => kind === 'total')) return { lines: written, totals, planted };
  planted.push({ plant: 'total', operationId: null, mppPaymentId: null, row: TOTALS_ROW });
  return { lines: written, totals: { ...totals, amount: totals.amount + 100n }, planted };
}

/** Which line each difference gets: those that are counted out first, then the others the first lines that are free. */
function seatsOf(
  group: 'missing-at-mpp' | 'others',
  plants: readonly DifferenceOrder[],
  lines: readonly RegistryLine[],
): Map<number, DifferenceKind> {
  const seats = new Map<number, DifferenceKind>();
  const ofGroup = plants.filter(({ kind }) =>
    group === 'others' ? kind !== 'missing-at-mpp' && kind !== 'total' : kind === group,
  );
  for (const { kind, nth } of ofGroup.toSorted((one, other) => Number(one.nth === null) - Number(other.nth === null))) {
    const fitting = [...lines.keys()].filter(
      (index) => !OF_PURCHASES.includes(kind) || lines[index]?.type === 'Покупка',
    );
    const seat = nth === null ? fitting.find((index) => !seats.has(index)) : fitting[nth - 1];
    const of = OF_PURCHASES.includes(kind) ? 'purchases' : 'operations';
    if (nth !== null && seat === undefined)
      throw new DifferenceNotPlantable(`${kind}:${nth}: there are ${fitting.length} ${of}`);
    if (seat === undefined)
      throw new DifferenceNotPlantable(`${kind}: none of the ${fitting.length} ${of} is free for it`);
    if (seats.has(seat))
      throw new DifferenceNotPlantable(`${kind}:${nth}: ${seats.get(seat)} is planted there already`);
    seats.set(seat, kind);
  }
  return seats;
}

/** A purchase like this one that the participant never had. Its ids come of the other one's: they are the same each time. */
function strangerBeside(line: RegistryLine): RegistryLine {
  const operationId = `QR9${line.operationId.slice(2)}`;
  return { ...line, operationId, mppPaymentId: strangersId(operationId) };
}

/** In the form of a UUID, as most participants' ids are; version 8 is what no generator makes. */
function strangersId(operationId: string): string {
  const hex = createHash('sha256').update(operationId).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

function another(customerId: string): string {
  return `${customerId.slice(0, -1)}${customerId.endsWith('1') ? '2' : '1'}`;
}
