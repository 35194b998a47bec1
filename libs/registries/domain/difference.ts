import type { LocalisedText } from '@mpp/kernel';
import { throwConflict } from './conflict.js';
import type { DiscrepancyKind, SettleAction } from './discrepancy.js';
import type { OperationType } from './registry-row.js';

/** What is between the books and Kaspi. */
export type Situation =
  /** Kaspi has an operation, or a larger amount, that the books lack. */
  | 'KASPI_HAS_MORE'
  /** The books have an operation, or a larger amount, that Kaspi lacks. */
  | 'KASPI_HAS_LESS'
  | 'IN_DOUBT'
  | 'OTHER_CUSTOMER'
  | 'OTHER_FEE'
  | 'LISTED_TWICE'
  | 'TOTALS';

/** The actions that end each situation. EXPLAIN ends every discrepancy, and books nothing. */
const ACTIONS: Readonly<Record<Situation, readonly SettleAction[]>> = {
  KASPI_HAS_MORE: ['TAKE_UP', 'BOOK_DIFFERENCE', 'EXPLAIN'],
  KASPI_HAS_LESS: ['GIVE_BACK', 'BOOK_DIFFERENCE', 'EXPLAIN'],
  IN_DOUBT: ['CONFIRM', 'GIVE_BACK', 'EXPLAIN'],
  OTHER_CUSTOMER: ['TAKE_UP', 'GIVE_BACK', 'EXPLAIN'],
  OTHER_FEE: ['TAKE_UP', 'BOOK_DIFFERENCE', 'EXPLAIN'],
  LISTED_TWICE: ['BOOK_DIFFERENCE', 'EXPLAIN'],
  TOTALS: ['EXPLAIN'],
};

/** A discrepancy with what Kaspi and the books have. Amounts are in tiyn. */
export interface Difference {
  readonly kind: DiscrepancyKind;
  readonly type: OperationType;
  /** An answer of the PS contradicts the payment (R36): no row of a registry. */
  readonly contradiction: boolean;
  /** The books have the operation, also if operators took it up. */
  readonly known: boolean;
  /** It is no payment or refund of ours: a customer's money is moved only on an account that the operator names. */
  readonly listedOnly: boolean;
  /** The amount of the payment or refund in the books. */
  readonly amount: bigint;
  /** What Kaspi has; 0 if it does not have the operation. */
  readonly listed: bigint;
  /** What the journal has as owed for the operation. */
  readonly booked: bigint;
  /** A fee's difference: what Kaspi charges above the tariff. */
  readonly feeAbove: bigint;
  /** The payment is in doubt. */
  readonly inDoubt: boolean;
  /** Of a purchase: what Kaspi has refunded of it, by the books. */
  readonly refunded: bigint;
  /**
   * Of the customer whose operation it is in the books now. Of a purchase: what they have paid and not got back. Of a refund: what they
   * have got.
   */
  readonly customerHas: bigint;
  /** The same of the customer whom Kaspi names. */
  readonly namedHas: bigint;
  /** Of a refund of a payment of ours: what anybody paid for the purchase and did not get back; no more can be given. Else null. */
  readonly paid: bigint | null;
}

/** What is booked. Amounts are in tiyn. */
export interface DifferenceDecision {
  /** The amount that the operation is owed in from now on, as Kaspi has it; null: nothing of it changes. */
  readonly adjustedTo: bigint | null;
  /** Added to what is owed for the operation, against the differences. */
  readonly owedChange: bigint;
  /** Taken from the fees, against the differences. */
  readonly feeChange: bigint;
  /** Given to the customer whose operation it is in the books. */
  readonly credit: bigint;
  /** Taken from the customer of the account that the operator names. */
  readonly debit: bigint;
}

const NOTHING: DifferenceDecision = { adjustedTo: null, owedChange: 0n, feeChange: 0n, credit: 0n, debit: 0n };

export function situationOf({ kind, contradiction, inDoubt, listed, booked }: Difference): Situation {
  if (kind === 'TOTAL_MISMATCH') return 'TOTALS';
  if (kind === 'DUPLICATE_ROW') return 'LISTED_TWICE';
  if (kind === 'FEE_MISMATCH') return 'OTHER_FEE';
  if (kind === 'CUSTOMER_MISMATCH') return 'OTHER_CUSTOMER';
  if (inDoubt && kind === 'STATUS_MISMATCH') return 'IN_DOUBT';
  // The difference of a contradiction is booked already, so what is owed does not tell who has more.
  if (contradiction || kind === 'STATUS_MISMATCH') return listed > 0n ? 'KASPI_HAS_MORE' : 'KASPI_HAS_LESS';
  return listed > booked ? 'KASPI_HAS_MORE' : 'KASPI_HAS_LESS';
}

/**
 * Decides what is booked so that the books have the operation as Kaspi has it; the action says who bears the amount. With
 * `account`, the operator names an account: without one no customer is debited. STATE_CONFLICT if the action does not end such a
 * discrepancy, or has nothing to give or take. A payment in doubt is resolved instead of decided here. Source: R40.
 */
export function decideDifference(difference: Difference, action: SettleAction, account: boolean): DifferenceDecision {
  const situation = situationOf(difference);
  const { contradiction, amount, listed, booked, feeAbove } = difference;
  const confirmsAfterRefusal = contradiction && situation === 'KASPI_HAS_LESS' && action === 'CONFIRM';
  if (!ACTIONS[situation].includes(action) && !confirmsAfterRefusal) throwConflict(NOT_FOR_THIS_KIND);
  if (action === 'EXPLAIN') return NOTHING;
  // The operator knows that Kaspi has the purchase, whatever it answered.
  if (confirmsAfterRefusal) return { ...NOTHING, adjustedTo: amount, owedChange: amount - booked };
  switch (situation) {
    case 'KASPI_HAS_MORE':
    case 'KASPI_HAS_LESS':
      return { ...NOTHING, ...borneBy(difference, action, account), adjustedTo: listed, owedChange: listed - booked };
    case 'OTHER_CUSTOMER':
      return { ...NOTHING, ...betweenCustomers(difference, action, account), adjustedTo: booked };
    case 'OTHER_FEE':
      return { ...NOTHING, adjustedTo: booked, feeChange: action === 'BOOK_DIFFERENCE' ? feeAbove : 0n };
    case 'LISTED_TWICE':
      return { ...NOTHING, adjustedTo: listed, owedChange: listed };
    default:
      return NOTHING;
  }
}

type Movement = Partial<Pick<DifferenceDecision, 'credit' | 'debit'>>;

/** Who bears the amount by which Kaspi has more or less: the customer, or with BOOK_DIFFERENCE the difference account. */
function borneBy(difference: Difference, action: SettleAction, account: boolean): Movement {
  if (action === 'BOOK_DIFFERENCE') return {};
  const { type, listedOnly, listed, refunded, customerHas } = difference;
  if (type === 'REFUND') {
    if (listedOnly && !account && action === 'TAKE_UP') return {};
    const owedToCustomer = listed - customerHas;
    if (action === 'TAKE_UP') return { credit: positive(atMost(owedToCustomer, difference.paid), NOTHING_TO_GIVE) };
    if (!account) throwConflict(NAME_AN_ACCOUNT);
    return { debit: positive(-owedToCustomer, NOTHING_TO_TAKE) };
  }
  const owedByCustomer = (listed > refunded ? listed - refunded : 0n) - customerHas;
  if (action === 'GIVE_BACK') return { credit: positive(-owedByCustomer, NOTHING_TO_GIVE) };
  return account ? { debit: positive(owedByCustomer, NOTHING_TO_TAKE) } : {};
}

/** Kaspi names another customer than the books: TAKE_UP moves the amount between both, GIVE_BACK moves one side of it. */
function betweenCustomers(difference: Difference, action: SettleAction, account: boolean): Movement {
  const { type, booked, refunded, customerHas, namedHas } = difference;
  if (type === 'PURCHASE') {
    const credit = customerHas > 0n ? customerHas : 0n;
    const debit = (booked > refunded ? booked - refunded : 0n) - namedHas;
    if (action === 'GIVE_BACK' || debit <= 0n) return { credit };
    if (!account) throwConflict(NAME_AN_ACCOUNT);
    return { credit, debit };
  }
  if (!account) throwConflict(NAME_AN_ACCOUNT);
  // The money of a refund: TAKE_UP gives it to the customer of the account, GIVE_BACK takes it from that of the books.
  return action === 'TAKE_UP'
    ? { credit: positive(booked - namedHas, NOTHING_TO_GIVE) }
    : { debit: positive(customerHas, NOTHING_TO_TAKE) };
}

export function atMost(amount: bigint, limit: bigint | null): bigint {
  return limit !== null && amount > limit ? limit : amount;
}

function positive(amount: bigint, otherwise: LocalisedText): bigint {
  if (amount <= 0n) throwConflict(otherwise);
  return amount;
}

const NOT_FOR_THIS_KIND: LocalisedText = {
  ru: 'Это действие не подходит к такому расхождению: см. таблицу в docs/accounting/differences.md.',
  kk: 'Бұл әрекет мұндай айырмашылыққа келмейді: docs/accounting/differences.md кестесін қараңыз.',
};
const NOTHING_TO_GIVE: LocalisedText = {
  ru: 'Возвращать клиенту нечего: деньги этой операции уже у него.',
  kk: 'Клиентке қайтаратын ештеңе жоқ: бұл операцияның ақшасы оның өзінде.',
};
const NOTHING_TO_TAKE: LocalisedText = {
  ru: 'Списывать с клиента нечего: он уже заплатил за эту операцию.',
  kk: 'Клиенттен алатын ештеңе жоқ: ол бұл операция үшін төлеп қойған.',
};
const NAME_AN_ACCOUNT: LocalisedText = {
  ru: 'Укажите счёт (accountId): без него с клиента ничего не списывается.',
  kk: 'Шотты көрсетіңіз (accountId): онсыз клиенттен ештеңе алынбайды.',
};
