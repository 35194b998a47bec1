import fc from 'fast-check';

/** How a row of Kaspi's registry differs from what happened. */
export const PLANTS = [
  ...['AS_IT_WAS', 'LEFT_OUT', 'AMOUNT', 'CUSTOMER', 'FEE', 'OTHER_ANSWER', 'TWICE', 'ANOTHER_DAY_TOO'],
  ...['UNREADABLE_AMOUNT', 'UNREADABLE_ANSWER', 'UNREADABLE_TYPE'],
] as const;
export type Plant = (typeof PLANTS)[number];

export interface Planted {
  readonly what: Plant;
  /** In which registries: the day's, the month's, or both. */
  readonly where: 'DAILY' | 'MONTHLY' | 'BOTH';
}

/** Where our clock and Kaspi's put it: at one day, or just before midnight here and just after it there, or the other way. */
export type Clocks = 'SAME_DAY' | 'OURS_BEFORE_MIDNIGHT' | 'THEIRS_BEFORE_MIDNIGHT';

export interface GivenRefund {
  readonly amount: bigint;
  /** In the next group of days instead of the payment's. */
  readonly later: boolean;
  /** Whether the books know Kaspi's id of it. */
  readonly known: boolean;
  readonly feeBack: boolean;
  readonly planted: Planted;
}

export interface GivenPayment {
  readonly group: number;
  readonly day: number;
  readonly minute: number;
  readonly clocks: Clocks;
  readonly status: string;
  readonly amount: bigint;
  readonly mcc: string;
  /** Whether the row has Kaspi's id alone; the books know it then. */
  readonly byKaspisIdAlone: boolean;
  /** What Kaspi says of a payment in doubt. */
  readonly inDoubt: 'ДА' | 'НЕТ' | 'NOTHING';
  /** What an operator says in the end of one that is still in doubt. */
  readonly resolve: 'CONFIRMED' | 'REVERSED' | null;
  readonly refunds: readonly GivenRefund[];
  readonly planted: Planted;
}

export interface History {
  readonly startsOn: number;
  readonly payments: readonly GivenPayment[];
  /** Operations of Kaspi's that are not ours at all. */
  readonly strangers: readonly { group: number; minute: number; amount: bigint; refund: boolean; planted: Planted }[];
  /** What is wrong with "Итоги" of each file. */
  readonly totals: readonly ('RIGHT' | 'NONE' | 'ROWS' | 'AMOUNT' | 'FEE')[];
  /** Files that come first, some of them repeatedly, with their columns in one of two orders; then all in this order. */
  readonly sent: readonly { file: number; columns: number }[];
  readonly order: readonly number[];
}

export const GROUPS = 3;
/** The days' registries, and those of both months. */
export const FILES = GROUPS + 2;
export const MCCS = ['5812', '8021', '4111'] as const;

const planted = (among: readonly Plant[]): fc.Arbitrary<Planted> =>
  fc.record({
    what: fc.oneof({ weight: 3, arbitrary: fc.constant<Plant>('AS_IT_WAS') }, fc.constantFrom(...among)),
    where: fc.constantFrom('BOTH', 'DAILY', 'MONTHLY'),
  });

const refund: fc.Arbitrary<GivenRefund> = fc.record({
  amount: fc.constantFrom(10_000n, 25_050n),
  later: fc.boolean(),
  known: fc.boolean(),
  feeBack: fc.boolean(),
  planted: planted(PLANTS),
});

const payment: fc.Arbitrary<GivenPayment> = fc.record({
  group: fc.nat(GROUPS - 1),
  day: fc.nat(5),
  minute: fc.integer({ min: 30, max: 1300 }),
  clocks: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Clocks>('SAME_DAY') },
    fc.constantFrom<Clocks>('OURS_BEFORE_MIDNIGHT', 'THEIRS_BEFORE_MIDNIGHT'),
  ),
  status: fc.oneof(
    { weight: 4, arbitrary: fc.constant('CONFIRMED') },
    { weight: 3, arbitrary: fc.constant('IN_DOUBT') },
    fc.constantFrom('REVERSED', 'DECLINED', 'PROCESSING', 'CANCELLED', 'EXPIRED'),
  ),
  amount: fc.bigInt({ min: 100_000n, max: 99_999_999n }),
  mcc: fc.constantFrom(...MCCS),
  byKaspisIdAlone: fc.boolean(),
  inDoubt: fc.constantFrom('ДА', 'НЕТ', 'NOTHING'),
  resolve: fc.constantFrom(null, 'CONFIRMED', 'REVERSED'),
  refunds: fc.array(refund, { maxLength: 3 }),
  planted: planted(PLANTS),
});

const strangers = fc.record({
  group: fc.nat(GROUPS - 1),
  minute: fc.integer({ min: 30, max: 1300 }),
  amount: fc.bigInt({ min: 1n, max: 99_999_999n }),
  refund: fc.boolean(),
  planted: planted(['LEFT_OUT', 'OTHER_ANSWER', 'TWICE', 'UNREADABLE_AMOUNT', 'UNREADABLE_ANSWER', 'UNREADABLE_TYPE']),
});

export const HISTORIES: fc.Arbitrary<History> = fc.record({
  startsOn: fc.integer({ min: 25, max: 28 }),
  payments: fc.array(payment, { maxLength: 12, size: 'max' }),
  strangers: fc.array(strangers, { maxLength: 3 }),
  totals: fc.array(
    fc.oneof({ weight: 2, arbitrary: fc.constant('RIGHT' as const) }, fc.constantFrom('NONE', 'ROWS', 'AMOUNT', 'FEE')),
    { minLength: FILES, maxLength: FILES },
  ),
  sent: fc.array(fc.record({ file: fc.nat(FILES - 1), columns: fc.nat(1) }), { maxLength: 2 }),
  order: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: FILES }),
});
