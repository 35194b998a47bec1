import type { CoreOperationView, RunningSimulator } from '../../apps/kaspi-simulator/start.js';
import type { TestDatabase } from './database.js';

/** Everything that three parties know of some customers, once nothing is under way any more. */
export interface Sides {
  readonly database: TestDatabase;
  /** The PS, and the bank's core. */
  readonly simulator: RunningSimulator;
  readonly customers: readonly string[];
  /** What was paid in on each account at the bank's core, tiyn; null with the own ledger. */
  readonly paidIn: ReadonlyMap<string, bigint> | null;
  /** Refunds that a test has asked for in the PS's name, and that were taken. */
  readonly askedFor?: readonly { readonly refundId: string; readonly payment: string; readonly amount: bigint }[];
  /** Payments of which the PS is known to think otherwise. */
  readonly excused?: ReadonlySet<string>;
}

interface PaymentRow {
  readonly id: string;
  readonly customer_id: string;
  readonly kaspi_payment_id: string;
  readonly status: string;
  readonly amount: string | null;
  readonly debited_at: Date | null;
  readonly debit_requested_at: Date | null;
}

interface RefundRow {
  readonly id: string;
  readonly refund_id: string;
  readonly status: string;
  readonly amount: string | null;
}

interface OperationRow {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly debit_id: string | null;
  readonly core_account: string;
  readonly amount: string;
  readonly state: string;
  readonly reason: string | null;
}

/** What an entry does to one of its accounts: above zero it is credited. */
interface Posting {
  readonly reference: string;
  readonly kind: string;
  readonly core_account: string | null;
  readonly amount: string;
}

type Said = string[];

const ENDS = ['CONFIRMED', 'REVERSED', 'DECLINED', 'CANCELLED', 'EXPIRED'];

/**
 * Compares, to the tiyn, what the bank's core has moved, what the PS says, and our journal; in one sentence for each thing on
 * which they do not agree.
 */
export async function disagreements(sides: Sides): Promise<string[]> {
  const ours = await readOurs(sides);
  const theirs = sides.customers.flatMap((customerId) => [...sides.simulator.core.operations({ customerId })]);
  const moved = (kind: string, reference: string) =>
    total(
      theirs.filter((o) => o.moved && o.kind === kind && o.reference === reference).map(({ amount }) => tiyn(amount)),
    );
  const withCore = sides.paidIn !== null;
  return [
    ...(withCore ? operations(ours, theirs) : []),
    ...payments(sides, ours, withCore ? moved : null),
    ...refunds(sides, ours, withCore ? moved : null),
    ...(sides.paidIn === null ? [] : await accounts(sides, sides.paidIn)),
  ];
}

async function readOurs({ database, customers }: Sides) {
  const of = [customers];
  const payments = await database.query<PaymentRow>('select * from qr_payments where customer_id = any($1)', of);
  const refunds = await database.query<RefundRow>('select * from refunds where customer_id = any($1)', of);
  const operations = await database.query<OperationRow>(
    'select * from core_operations where customer_id = any($1)',
    of,
  );
  const postings = await database.query<Posting>(
    `select e.reference, a.kind, a.core_account, case when a.id = e.credit_account_id then e.amount else -e.amount end as amount
     from ledger_entries e join ledger_accounts a on a.id in (e.debit_account_id, e.credit_account_id)
     where e.reference = any($1) and e.purpose <> 'DEPOSIT'`,
    [[...payments, ...refunds].map(({ id }) => id)],
  );
  return { payments, refunds, operations, postings };
}
type Ours = Awaited<ReturnType<typeof readOurs>>;

/** What the core did it was asked to do, it said so, and we know it; nothing is left half-way. */
function operations({ operations }: Ours, theirs: readonly CoreOperationView[]): Said {
  const said: Said = [];
  for (const { operationId, kind, accountId, amount, debitId } of theirs) {
    const asked = operations.find(({ id }) => id === operationId);
    const isOurs =
      asked?.kind === kind &&
      asked.core_account === accountId &&
      BigInt(asked.amount) === tiyn(amount) &&
      asked.debit_id === debitId;
    if (!isOurs) said.push(`the core was asked for ${kind} ${operationId}, which is not on record so`);
  }
  for (const { id, kind, state, reason } of operations) {
    const at = theirs.find(({ operationId }) => operationId === id);
    const given = theirs.find(({ debitId, outcome }) => debitId === id && outcome === 'DONE');
    const agrees =
      state === 'ABANDONED'
        ? given !== undefined
        : at?.outcome === state && at.reason === reason && (kind !== 'DEBIT' || at.moved === (state === 'DONE'));
    if (!agrees) said.push(`${kind} ${id} is ${state} ${reason} to us, and ${at?.outcome} ${at?.reason} to the core`);
  }
  return said;
}

type Moved = (kind: string, reference: string) => bigint;

/** What the core took, what our journal has, and what the PS is owed. */
function payments(
  { simulator, askedFor = [], excused }: Sides,
  { payments, postings }: Ours,
  moved: Moved | null,
): Said {
  const said: Said = [];
  for (const { id, status, kaspi_payment_id, customer_id, debited_at, debit_requested_at, ...row } of payments) {
    const amount = BigInt(row.amount ?? 0);
    const booked = (kind: string) => sumOf(postings, id, kind);
    const out = -(booked('CUSTOMER') + booked('CORE_CUSTOMER'));
    const truth = simulator.purchases(customer_id).find(({ paymentId }) => paymentId === kaspi_payment_id);
    const isClaimed = askedFor.some(({ payment }) => payment === id);
    const owed = (truth?.status === 'CONFIRMED' && truth.mppPaymentId === id) || isClaimed ? amount : 0n;
    const words = `payment ${id}, ${status} of ${amount} tiyn:`;
    if (!ENDS.includes(status)) said.push(`${words} it has no end`);
    if (out !== (status === 'CONFIRMED' ? amount : 0n)) said.push(`${words} our journal took ${out}`);
    if (booked('IN_TRANSIT') !== 0n) said.push(`${words} ${booked('IN_TRANSIT')} are in transit`);
    if (booked('PAYABLE_TO_KASPI') !== owed && excused?.has(id) !== true)
      said.push(`${words} we owe Kaspi ${booked('PAYABLE_TO_KASPI')}, and to the PS it is ${truth?.status}`);
    if (debited_at === null && postings.some(({ reference }) => reference === id))
      said.push(`${words} a debit that nobody knew of is in the journal`);
    if (moved === null) continue;
    const [taken, given] = [moved('DEBIT', id), moved('REVERSAL', id)];
    if (taken - given !== out) said.push(`${words} the core took ${taken} and gave back ${given}`);
    if (taken > amount || given > amount) said.push(`${words} the core moved it twice`);
    if (taken > 0n && debit_requested_at === null) said.push(`${words} the core debited what it was not asked for`);
  }
  return said;
}

/** What the PS has promised the shop, what our journal has, and what the core put on an account. */
function refunds({ simulator, customers, askedFor = [] }: Sides, ours: Ours, moved: Moved | null): Said {
  const said: Said = [];
  const ofShops = customers.flatMap((customer) => [...simulator.refunds(customer)]);
  const accepted = new Map([
    ...ofShops.filter(({ status }) => status === 'ACCEPTED').map((r) => [r.refundId, tiyn(r.amount)] as const),
    ...askedFor.map((r) => [r.refundId, r.amount] as const),
  ]);
  for (const { refundId, status } of ofShops) if (status === 'SENDING') said.push(`refund ${refundId} has no answer`);
  for (const { id, refund_id, status } of ours.refunds) {
    const booked = (kind: string) => sumOf(ours.postings, id, kind);
    const promised = accepted.get(refund_id) ?? 0n;
    accepted.delete(refund_id);
    const words = `refund ${refund_id}, ${status}:`;
    if (status === 'ACCEPTED' || status === 'SUSPENDED') said.push(`${words} it has no end`);
    if (-booked('RECEIVABLE_FROM_KASPI') !== promised)
      said.push(`${words} Kaspi owes us ${-booked('RECEIVABLE_FROM_KASPI')}, and the PS has promised ${promised}`);
    if (booked('REFUNDS_IN_SUSPENSE') !== 0n) said.push(`${words} it is in suspense`);
    const given = booked('CUSTOMER') + booked('CORE_CUSTOMER');
    if (given !== promised && given + booked('DIFFERENCES') !== promised)
      said.push(`${words} our journal gave ${given} of ${promised}`);
    if (moved !== null && moved('CREDIT', refund_id) !== given)
      said.push(`${words} the core gave ${moved('CREDIT', refund_id)}, and our journal ${given}`);
  }
  for (const refundId of accepted.keys()) said.push(`refund ${refundId} was promised, and we do not know it`);
  return said;
}

/** Each account at the bank: what was paid in and what is there now differ by what our journal moved. */
async function accounts({ simulator, database, customers }: Sides, paidIn: ReadonlyMap<string, bigint>): Promise<Said> {
  const mirrors = await database.query<{ core_account: string; balance: string }>(
    `select core_account, balance from ledger_accounts where kind = 'CORE_CUSTOMER' and customer_id = any($1)`,
    [customers],
  );
  return customers
    .flatMap((customer) => [...simulator.core.accounts(customer)])
    .flatMap(({ id, balance }) => {
      const mirror = BigInt(mirrors.find(({ core_account }) => core_account === id)?.balance ?? 0);
      const change = tiyn(balance) - (paidIn.get(id) ?? 0n);
      return mirror === change ? [] : [`account ${id} has changed by ${change} at the core, and by ${mirror} to us`];
    });
}

function sumOf(postings: readonly Posting[], reference: string, kind: string): bigint {
  return total(
    postings.filter((p) => p.reference === reference && p.kind === kind).map(({ amount }) => BigInt(amount)),
  );
}

function total(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

function tiyn(amount: string): bigint {
  return BigInt(amount.replace('.', ''));
}
