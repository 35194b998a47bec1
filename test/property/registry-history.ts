import fc from 'fast-check';

/** How a row of Kaspi's registry differs from the operation. */
export const PLANTED_DIFFERENCES = [
  ...['AS_IT_WAS', 'LEFT_OUT', 'AMOUNT', 'CUSTOMER', 'FEE', 'OTHER_ANSWER', 'TWICE', 'ANOTHER_DAY_TOO'],
  ...['UNREADABLE_AMOUNT', 'UNREADABLE_ANSWER', 'UNREADABLE_TYPE'],
] as const;
export type PlantedDifference = (typeof PLANTED_DIFFERENCES)[number];

export interface Planted {
  readonly what: PlantedDifference;
  /** Which registries have the difference. */
  readonly where: 'DAILY' | 'MONTHLY' | 'BOTH';
}

/** Whether our clock and Kaspi's put the operation on the same day, or on the two sides of midnight. */
export type Clocks = 'SAME_DAY' | 'OURS_BEFORE_MIDNIGHT' | 'THEIRS_BEFORE_MIDNIGHT';

export interface GivenRefund {
  readonly amount: bigint;
  /** In the next group of days instead of the payment's group. */
  readonly later: boolean;
  /** Whether the books have Kaspi's id of it. */
  readonly hasKaspiId: boolean;
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
  /** Whether the row has Kaspi's id only; the books have that id too then. */
  readonly byKaspisIdAlone: boolean;
  /** Kaspi's row about a payment in doubt. */
  readonly inDoubt: 'ДА' | 'НЕТ' | 'NOTHING';
  /** How an operator resolves a payment that is still in doubt at the end. */
  readonly resolve: 'CONFIRMED' | 'REVERSED' | null;
  readonly refunds: readonly GivenRefund[];
  readonly planted: Planted;
}

export interface History {
  readonly startsOn: number;
  readonly payments: readonly GivenPayment[];
  /** Operations in Kaspi's registries that our books do not have. */
  readonly strangers: readonly { group: number; minute: number; amount: bigint; refund: boolean; planted: Planted }[];
  /** What is wrong in the line "Итоги" of each file. */
  readonly totals: readonly ('RIGHT' | 'NONE' | 'ROWS' | 'AMOUNT' | 'FEE')[];
  /** Files that arrive first, possibly repeatedly, with their columns in one of two orders; then all in `order`. */
  readonly sent: readonly { file: number; columns: number }[];
  readonly order: readonly number[];
}

export const GROUPS = 3;
/** The daily registries and those of both months. */
export const FILES = GROUPS + 2;
export const MCCS = ['5812', '8021', '4111'] as const;

const planted = (among: readonly PlantedDifference[]): fc.Arbitrary<Planted> =>
  fc.record({
    what: fc.oneof(fc.constant<PlantedDifference>('AS_IT_WAS'), fc.constantFrom(...among)),
    where: fc.constantFrom('BOTH', 'DAILY', 'MONTHLY'),
  });

const refund: fc.Arbitrary<GivenRefund> = fc.record({
  amount: fc.constantFrom(10_000n, 25_050n),
  later: fc.boolean(),
  hasKaspiId: fc.boolean(),
  feeBack: fc.boolean(),
  planted: planted(PLANTED_DIFFERENCES),
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
  planted: planted(PLANTED_DIFFERENCES),
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
