import { addDays, businessDayOf, daysOf } from '@mpp/kernel';
import { type BookedHistory } from './booked-history.js';
import { feeByTariff, type KaspiFile, type KaspiRow } from './kaspi-files.js';

/** A difference in words. */
export type Words = string;

export interface TakenRegistry {
  readonly name: string;
  readonly file: KaspiFile;
  /** All differences that were ever found in it. */
  readonly found: Set<Words>;
}

const money = (tiyn: bigint) => `${tiyn / 100n}.${String(tiyn % 100n).padStart(2, '0')}`;
const signedMoney = (tiyn: bigint) => (tiyn < 0n ? `-${money(-tiyn)}` : money(tiyn));
const confirmedText = (confirmed: boolean | null) => (confirmed ? 'ДА' : 'НЕТ');
const dayOf = (row: KaspiRow) => businessDayOf(row.at);

/** The differences that must be found: one registry after the other, each compared with everything received before. */
export class RegistryModel {
  readonly registries: TakenRegistry[] = [];
  private readonly status: Map<string, string>;
  readonly settled = new Set<string>();

  constructor(private readonly booked: BookedHistory) {
    this.status = new Map(booked.payments.map(({ booked: { id, status } }) => [id, status]));
  }

  statusOf(payment: string): string {
    return this.status.get(payment) ?? '';
  }

  take(name: string, file: KaspiFile): void {
    this.registries.push({ name, file, found: new Set() });
    this.settle();
    this.compareAgain();
  }

  resolve(payment: string, outcome: string): void {
    this.status.set(payment, outcome);
    this.compareAgain();
  }

  /** The differences that are open now. */
  open(registry: TakenRegistry): Set<Words> {
    const { file } = registry;
    const words = new Set<Words>();
    const firstRow = file.totals === null ? 2 : 3;
    for (const [index, row] of file.rows.entries())
      for (const difference of this.ofRow(registry, row, index, firstRow)) words.add(difference);
    for (const absent of this.absent(file)) words.add(absent);
    for (const total of totals(file)) words.add(total);
    if (file.kind === 'MONTHLY') for (const day of this.days(file)) words.add(day);
    return words;
  }

  matched({ rows }: KaspiFile): number {
    return rows.filter(({ type, payment, refund }) => (type === 'REFUND' ? refund : payment) !== null).length;
  }

  private compareAgain(): void {
    for (const registry of this.registries) for (const words of this.open(registry)) registry.found.add(words);
  }

  private settle(): void {
    for (const { booked } of this.booked.payments) {
      if (this.statusOf(booked.id) !== 'IN_DOUBT') continue;
      const isConfirmed = this.registries.some(({ file }) => {
        const own = file.rows.filter(({ type, payment }) => type === 'PURCHASE' && payment?.id === booked.id);
        const agrees = own.some(
          ({ confirmed, amount, customer }) =>
            confirmed === true && amount === booked.amount && customer === booked.customerId,
        );
        // A file that contradicts itself decides nothing. The latest file is the newest.
        return agrees && !own.some(({ confirmed }) => confirmed === false);
      });
      if (!isConfirmed) continue;
      this.status.set(booked.id, 'CONFIRMED');
      this.settled.add(booked.id);
    }
  }

  private ofRow(registry: TakenRegistry, row: KaspiRow, index: number, firstRow: number): Words[] {
    if (row.type === null) return [];
    const { kind, rows } = registry.file;
    const at = `row ${index + firstRow}`;
    const first = rows.findIndex(({ operation, type }) => operation === row.operation && type !== null);
    if (first < index) return [`DUPLICATE_ROW | ${at} | row ${first + firstRow}`];
    if (this.isOnAnotherDay(registry, row)) return [`DUPLICATE_ROW | ${at} | elsewhere`];
    const { payment, refund, confirmed, amount, customer } = row;
    const isRefund = row.type === 'REFUND';
    const booked = isRefund ? refund : payment;
    const found: Words[] = [];
    if (booked === null) {
      const what = [isRefund ? 'Возврат' : 'Покупка', ...(amount === null ? [] : [money(amount)])].join(' ');
      if (confirmed !== false) found.push(`MISSING_AT_MPP | ${at} | - | ${what}`);
    } else {
      // Of an operation that Kaspi does not have, nothing else is compared.
      if (confirmed !== false && amount !== null && amount !== booked.amount)
        found.push(`AMOUNT_MISMATCH | ${at} | ${money(booked.amount)} | ${money(amount)}`);
      if (confirmed !== false && customer !== booked.customerId)
        found.push(`CUSTOMER_MISMATCH | ${at} | ${booked.customerId} | ${customer}`);
      const ours = isRefund ? 'ACCEPTED' : this.statusOf(payment?.id ?? '');
      const differs =
        confirmed === false
          ? isRefund || ['CONFIRMED', 'IN_DOUBT', 'PROCESSING'].includes(ours)
          : confirmed === true && !isRefund && ours !== 'CONFIRMED';
      const proposal = confirmed === false && ours === 'IN_DOUBT' ? ' | REVERSE' : '';
      if (differs) found.push(`STATUS_MISMATCH | ${at} | ${ours} | ${confirmedText(confirmed)}${proposal}`);
    }
    if (confirmed !== false && amount !== null) {
      const fair = feeByTariff(kind, row.mcc, dayOf(row), amount);
      const asItIs = isRefund ? row.fee === 0n || row.fee === fair || row.fee === -fair : row.fee === fair;
      if (!asItIs) found.push(`FEE_MISMATCH | ${at} | ${money(fair)} | ${signedMoney(row.fee)}`);
    }
    return found;
  }

  /** An earlier registry has the operation on another day, and both rows are confirmed. */
  private isOnAnotherDay(registry: TakenRegistry, row: KaspiRow): boolean {
    if (row.payment === null || row.confirmed !== true) return false;
    const before = this.registries.slice(0, this.registries.indexOf(registry));
    return before.some(
      ({ file }) =>
        file.kind === registry.file.kind &&
        file.rows.some(
          (other) =>
            other.operation === row.operation &&
            other.type === row.type &&
            other.confirmed === true &&
            dayOf(other) !== dayOf(row),
        ),
    );
  }

  private absent({ kind, period }: KaspiFile): Words[] {
    const rows = this.registries.filter(({ file }) => file.kind === kind).flatMap(({ file }) => file.rows);
    const isOfPeriod = (at: Date) => period.from <= businessDayOf(at) && businessDayOf(at) <= period.to;
    const payments = this.booked.payments
      .filter(({ booked: { id, at } }) => this.statusOf(id) === 'CONFIRMED' && isOfPeriod(at))
      .filter(({ booked }) => !rows.some(({ payment, type }) => type !== 'REFUND' && payment?.id === booked.id))
      .map(({ booked }) => `MISSING_AT_KASPI | ${booked.id} | Покупка ${money(booked.amount)}`);
    const refunds = this.booked.refunds
      .filter(({ booked: { at } }) => isOfPeriod(at))
      .filter(({ booked }) => !rows.some(({ refund, type }) => type === 'REFUND' && refund?.id === booked.id))
      .map(({ booked }) => `MISSING_AT_KASPI | ${booked.paymentId} | Возврат ${money(booked.amount)}`);
    return numbered([...payments, ...refunds]);
  }

  /** Days of the month that daily registries cover, where operations or sums differ. */
  private days(file: KaspiFile): Words[] {
    const daily = this.registries.filter((registry) => registry.file.kind === 'DAILY');
    // Operations of the first and last minutes of a month can be in the registry of the next or previous day.
    const [from, to] = [addDays(file.period.from, -1), addDays(file.period.to, 1)];
    const newestFirst = daily
      .toReversed()
      .filter((registry) => registry.file.period.from <= to && from <= registry.file.period.to);
    const theirs = byDay(newestFirst.flatMap((registry) => registry.file.rows));
    const months = byDay(file.rows);
    const covered = daysOf(file.period).filter((day) =>
      daily.some((registry) => registry.file.period.from <= day && day <= registry.file.period.to),
    );
    return covered.flatMap((day) => {
      const [expected, actual] = [theirs.get(day) ?? '0, 0.00', months.get(day) ?? '0, 0.00'];
      return expected === actual ? [] : [`TOTAL_MISMATCH | ${day}: ${expected} | ${day}: ${actual}`];
    });
  }
}

/** Numbers equal texts: two refunds of one payment may have the same words. */
export function numbered(words: readonly Words[]): Words[] {
  return words.map((one, index) => `${one} #${words.slice(0, index).filter((other) => other === one).length}`);
}

/** The number and the sum of operations by day; the first row about an operation counts. */
function byDay(rows: readonly KaspiRow[]): Map<string, string> {
  const operations = new Map<string, KaspiRow>();
  for (const row of rows) {
    const key = `${row.type} ${row.type === null ? (row.payment?.id ?? row.kaspiId) : row.operation}`;
    if (!operations.has(key)) operations.set(key, row);
  }
  const counted = [...operations.values()].filter(({ confirmed }) => confirmed !== false);
  return new Map(
    [...Map.groupBy(counted, dayOf)].map(([day, of]) => [
      day,
      `${of.length}, ${signedMoney(of.reduce((sum, row) => sum + signed(row), 0n))}`,
    ]),
  );
}

const signed = ({ type, amount }: KaspiRow) => (type === 'REFUND' ? -(amount ?? 0n) : (amount ?? 0n));

/** "Итоги" may mean what was confirmed or all, refunds taken off or not. */
function totals({ totals: stated, rows }: KaspiFile): Words[] {
  if (stated === null) return [];
  const confirmed = rows.filter((row) => row.confirmed !== false);
  const sum = (of: readonly KaspiRow[], what: (row: KaspiRow) => bigint) =>
    of.reduce((total, row) => total + what(row), 0n);
  const size = ({ amount }: KaspiRow) => amount ?? 0n;
  const amounts = [confirmed, rows].flatMap((of) => [sum(of, signed), sum(of, size)]);
  const fees = [confirmed, rows].map((of) => sum(of, ({ fee }) => fee));
  return [
    ...(stated.rows === rows.length ? [] : [`TOTAL_MISMATCH | ${rows.length} | ${stated.rows}`]),
    ...(amounts.includes(stated.amount)
      ? []
      : [`TOTAL_MISMATCH | ${signedMoney(sum(confirmed, signed))} | ${signedMoney(stated.amount)}`]),
    ...(fees.includes(stated.fee)
      ? []
      : [`TOTAL_MISMATCH | ${signedMoney(fees[0] ?? 0n)} | ${signedMoney(stated.fee)}`]),
  ];
}
