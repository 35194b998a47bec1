import type { CoreOperationView, RunningSimulator } from '../../apps/kaspi-simulator/start.js';
import type { TestDatabase } from './database.js';

/** Our database, the PS and the bank's core, and the customers to compare. */
export interface Sides {
  readonly database: TestDatabase;
  /** The simulator of the PS and of the bank's core. */
  readonly simulator: RunningSimulator;
  readonly customers: readonly string[];
  /** The deposits to each account at the bank's core, in tiyn; null with the own ledger. */
  readonly paidIn: ReadonlyMap<string, bigint> | null;
  /** Refunds that the test has requested as the PS, and that were accepted. */
  readonly requested?: readonly { readonly refundId: string; readonly payment: string; readonly amount: bigint }[];
  /** Payments on which the PS may disagree. */
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

/** The change that an entry makes to one of its accounts; a credit is positive. */
interface Posting {
  readonly reference: string;
  readonly kind: string;
  readonly core_account: string | null;
  readonly amount: string;
}

const ENDS = ['CONFIRMED', 'REVERSED', 'DECLINED', 'CANCELLED', 'EXPIRED'];

/**
 * Compares the movements at the bank's core, the records of the PS and our journal, to the tiyn, when nothing is under way.
 * Returns one sentence per disagreement.
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

/** Each operation at the core was requested by us and has the same outcome in our records. */
function operations({ operations }: Ours, theirs: readonly CoreOperationView[]): string[] {
  const found: string[] = [];
  for (const { operationId, kind, accountId, amount, debitId } of theirs) {
    const ours = operations.find(({ id }) => id === operationId);
    const isOurs =
      ours?.kind === kind &&
      ours.core_account === accountId &&
      BigInt(ours.amount) === tiyn(amount) &&
      ours.debit_id === debitId;
    if (!isOurs) found.push(`the core has ${kind} ${operationId}, which we have not recorded so`);
  }
  for (const { id, kind, state, reason } of operations) {
    const at = theirs.find(({ operationId }) => operationId === id);
    const given = theirs.find(({ debitId, outcome }) => debitId === id && outcome === 'DONE');
    const agrees =
      state === 'ABANDONED'
        ? given !== undefined
        : (at?.outcome === state && at.reason === reason && (kind !== 'DEBIT' || at.moved === (state === 'DONE'))) ||
          // A copy of a refused reversal may arrive late and be done; the answer to the next one tells which account has the money.
          (kind === 'REVERSAL' && state === 'REFUSED' && at?.outcome === 'DONE');
    if (!agrees)
      found.push(`${kind} ${id} is ${state} ${reason} in our records, and ${at?.outcome} ${at?.reason} at the core`);
  }
  return found;
}

type Moved = (kind: string, reference: string) => bigint;

/** The debits at the core, our journal, and what we owe Kaspi. */
function payments(
  { simulator, requested = [], excused }: Sides,
  { payments, postings }: Ours,
  moved: Moved | null,
): string[] {
  const found: string[] = [];
  for (const { id, status, kaspi_payment_id, customer_id, debited_at, debit_requested_at, ...row } of payments) {
    const amount = BigInt(row.amount ?? 0);
    const booked = (kind: string) => sumOf(postings, id, kind);
    const out = -(booked('CUSTOMER') + booked('CORE_CUSTOMER'));
    const purchase = simulator.purchases(customer_id).find(({ paymentId }) => paymentId === kaspi_payment_id);
    const isClaimed = requested.some(({ payment }) => payment === id);
    const owed = (purchase?.status === 'CONFIRMED' && purchase.mppPaymentId === id) || isClaimed ? amount : 0n;
    const words = `payment ${id}, ${status} of ${amount} tiyn:`;
    if (!ENDS.includes(status)) found.push(`${words} not final`);
    if (out !== (status === 'CONFIRMED' ? amount : 0n)) found.push(`${words} our journal took ${out}`);
    if (booked('IN_TRANSIT') !== 0n) found.push(`${words} ${booked('IN_TRANSIT')} are in transit`);
    if (booked('REVERSALS_IN_SUSPENSE') !== 0n) found.push(`${words} it is in suspense`);
    if (booked('PAYABLE_TO_KASPI') !== owed && excused?.has(id) !== true)
      found.push(`${words} we owe Kaspi ${booked('PAYABLE_TO_KASPI')}, but at the PS it is ${purchase?.status}`);
    if (debited_at === null && postings.some(({ reference }) => reference === id))
      found.push(`${words} the journal has entries without a debit`);
    if (moved === null) continue;
    const [taken, given] = [moved('DEBIT', id), moved('REVERSAL', id)];
    if (taken - given !== out) found.push(`${words} the core debited ${taken} and reversed ${given}`);
    if (taken > amount || given > amount) found.push(`${words} the core moved more than the amount`);
    if (taken > 0n && debit_requested_at === null) found.push(`${words} the core debited without a request`);
  }
  return found;
}

/** The accepted refunds of the PS, our journal, and the credits at the core. */
function refunds({ simulator, customers, requested = [] }: Sides, ours: Ours, moved: Moved | null): string[] {
  const found: string[] = [];
  const ofShops = customers.flatMap((customer) => [...simulator.refunds(customer)]);
  const accepted = new Map([
    ...ofShops.filter(({ status }) => status === 'ACCEPTED').map((r) => [r.refundId, tiyn(r.amount)] as const),
    ...requested.map((r) => [r.refundId, r.amount] as const),
  ]);
  for (const { refundId, status } of ofShops) if (status === 'SENDING') found.push(`refund ${refundId} has no answer`);
  for (const { id, refund_id, status } of ours.refunds) {
    const booked = (kind: string) => sumOf(ours.postings, id, kind);
    const amount = accepted.get(refund_id) ?? 0n;
    accepted.delete(refund_id);
    const words = `refund ${refund_id}, ${status}:`;
    if (status === 'ACCEPTED' || status === 'SUSPENDED') found.push(`${words} not final`);
    if (-booked('RECEIVABLE_FROM_KASPI') !== amount)
      found.push(`${words} Kaspi owes us ${-booked('RECEIVABLE_FROM_KASPI')}, but the refund is ${amount}`);
    if (booked('REFUNDS_IN_SUSPENSE') !== 0n) found.push(`${words} it is in suspense`);
    const given = booked('CUSTOMER') + booked('CORE_CUSTOMER');
    if (given !== amount && given + booked('DIFFERENCES') !== amount)
      found.push(`${words} our journal credited ${given} of ${amount}`);
    if (moved !== null && moved('CREDIT', refund_id) !== given)
      found.push(`${words} the core credited ${moved('CREDIT', refund_id)}, and our journal ${given}`);
  }
  for (const refundId of accepted.keys()) found.push(`refund ${refundId} was accepted, and we do not have it`);
  return found;
}

/** The balance of each account at the core has changed by the movements in our journal. */
async function accounts(
  { simulator, database, customers }: Sides,
  paidIn: ReadonlyMap<string, bigint>,
): Promise<string[]> {
  const mirrors = await database.query<{ core_account: string; balance: string }>(
    `select core_account, balance from ledger_accounts where kind = 'CORE_CUSTOMER' and customer_id = any($1)`,
    [customers],
  );
  return customers
    .flatMap((customer) => [...simulator.core.accounts(customer)])
    .flatMap(({ id, balance }) => {
      const mirror = BigInt(mirrors.find(({ core_account }) => core_account === id)?.balance ?? 0);
      const change = tiyn(balance) - (paidIn.get(id) ?? 0n);
      return mirror === change
        ? []
        : [`account ${id} has changed by ${change} at the core, and by ${mirror} in our journal`];
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
