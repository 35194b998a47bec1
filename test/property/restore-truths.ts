import type { CoreOperationView } from '../../apps/kaspi-simulator/start.js';
import { tiyn } from './model-types.js';
import { type Books, type Life, OPENING, type PaymentRow } from './restore-life.js';

const ENDS = ['CONFIRMED', 'REVERSED', 'DECLINED', 'CANCELLED', 'EXPIRED'];

interface Operation {
  readonly id: string;
  readonly state: string;
}

/**
 * Compares the four truths after a recovery: the bank's core, the PS, the gateway, and our books. What the others have and the
 * books lack must be what the books knew when they were lost. Returns one sentence per disagreement.
 */
export async function wrongTruths(life: Life): Promise<string[]> {
  const books = await life.books();
  const { simulator, core } = life.world;
  const theirs = life.customers.flatMap((customerId) => [...simulator.core.operations({ customerId })]);
  const ours = await life.database.query<Operation>(
    'select id, state from core_operations where customer_id = any($1)',
    [life.customers],
  );
  const { balanced } = await life.server.mpp.trialBalance();
  return [
    ...(balanced ? [] : ['the trial balance is not balanced']),
    ...(await unfinished(life)),
    ...payments(life, books, core === 'own ledger' ? null : theirs),
    ...refunds(life, books, core === 'own ledger' ? null : theirs),
    ...operations(ours, theirs),
    ...(core === 'own ledger' ? [] : await accounts(life, ours, theirs)),
    ...events(life),
  ];
}

/**
 * What has not ended. One kind of notify is repeated for ever: an operator confirmed the payment, and the PS cannot answer with a
 * receipt.
 */
export async function unfinished({ database, customers }: Life): Promise<string[]> {
  const messages = await database.query<{ topic: string; key: string }>(
    `select m.topic, m.key from outbox_messages m left join qr_payments p on p.id::text = m.key
     where p.settled_by is distinct from 'OPERATOR'`,
  );
  const payments = await database.query<{ id: string; status: string }>(
    'select id, status from qr_payments where customer_id = any($1) and status <> all($2)',
    [customers, ENDS],
  );
  return [
    ...messages.map(({ topic, key }) => `${topic} of ${key} is not delivered`),
    ...payments.map(({ id, status }) => `payment ${id} is ${status}`),
  ];
}

/** All payments of one purchase by one customer: a scan that was forgotten may be repeated under another id. */
function payments(life: Life, books: Books, theirs: readonly CoreOperationView[] | null): string[] {
  const found: string[] = [];
  const purchases = new Map(life.payments.map((one) => [`${one.purchase} ${one.customer}`, one]));
  for (const { purchase, customer } of purchases.values()) {
    const [now, lost] = [rowOf(books, purchase, customer), rowOf(life.before, purchase, customer)];
    const words = `${customer}’s payment of ${purchase}, ${now?.status}, before the restore ${lost?.status}:`;
    const forgotten = isPaid(lost) && !isPaid(now);
    const confirmed = now?.status === 'CONFIRMED';
    const atPs = life.world.isPaidAtPs({ purchase, customer });
    if (
      atPs !== confirmed &&
      !(atPs && forgotten) &&
      !(confirmed && isPaidByForgotten(life, books, purchase, customer))
    )
      found.push(`${words} at the PS it is ${atPs ? '' : 'not '}paid`);
    if (theirs === null) continue;
    const ids = life.payments.filter((p) => p.purchase === purchase && p.customer === customer).map(({ id }) => id);
    const moved = (kind: string) =>
      theirs.filter((one) => one.kind === kind && one.moved && ids.includes(one.reference)).map((o) => tiyn(o.amount));
    const [debits, reversals] = [moved('DEBIT'), moved('REVERSAL')];
    if (debits.length > 1) found.push(`${words} the core debited ${debits.length} times`);
    if (reversals.length > 1) found.push(`${words} the core reversed ${reversals.length} times`);
    const net = sum(debits) - sum(reversals);
    const amount = BigInt(now?.amount ?? lost?.amount ?? 0);
    const expected = forgotten ? [0n, amount] : [confirmed ? amount : 0n];
    if (!expected.includes(net)) found.push(`${words} the core took ${net} of ${amount} tiyn`);
  }
  return found;
}

/**
 * The purchase is paid at the PS by the other customer, whose payment is forgotten. To a notify of this one the PS answers with the
 * receipt of that payment (4.3), which cannot be told from its own: the registry shows it.
 */
function isPaidByForgotten(life: Life, books: Books, purchase: string, customer: string): boolean {
  const other = life.customers.find((one) => one !== customer) ?? '';
  const wasPaid = isPaid(rowOf(life.before, purchase, other)) && !isPaid(rowOf(books, purchase, other));
  return wasPaid && life.world.isPaidAtPs({ purchase, customer: other });
}

function rowOf({ payments }: Books, purchase: string, customer: string): PaymentRow | undefined {
  return payments.find((row) => row.kaspi_payment_id === purchase && row.customer_id === customer);
}

function isPaid(row: PaymentRow | undefined): boolean {
  return row !== undefined && (row.debited_at !== null || row.debit_requested_at !== null);
}

/** A refund that the PS had accepted and that our books lack was accepted before the restore; none is credited twice. */
function refunds(life: Life, books: Books, theirs: readonly CoreOperationView[] | null): string[] {
  const found: string[] = [];
  const knew = new Map(life.before.refunds.map((row) => [row.refund_id, row.status]));
  const have = new Map(books.refunds.map((row) => [row.refund_id, row.status]));
  for (const { refundId, status, amount } of life.refundsAtPs()) {
    const [now, lost] = [have.get(refundId), knew.get(refundId)];
    const words = `refund ${refundId}, ${now}, before the restore ${lost}, ${status} at the PS:`;
    if (status === 'SENDING') found.push(`${words} not answered`);
    const forgotten = now === undefined && lost !== undefined && lost !== 'REFUSED';
    if (status === 'ACCEPTED' && now !== 'CREDITED' && !forgotten) found.push(`${words} our books do not have it`);
    if (status === 'REFUSED' && now === 'CREDITED') found.push(`${words} our books have it`);
    if (theirs === null) continue;
    const credits = theirs.filter((one) => one.kind === 'CREDIT' && one.moved && one.reference === refundId);
    if (credits.length > 1) found.push(`${words} the core credited ${credits.length} times`);
    if (credits.length === 0 && now === 'CREDITED') found.push(`${words} the core did not credit`);
    if (credits.some((one) => tiyn(one.amount) !== tiyn(amount))) found.push(`${words} the core credited otherwise`);
  }
  return found;
}

/** Our records of the core's operations have ended, and the core agrees. */
function operations(ours: readonly Operation[], theirs: readonly CoreOperationView[]): string[] {
  return ours.flatMap(({ id, state }) => {
    const at = theirs.find(({ operationId }) => operationId === id);
    const agrees = state === at?.outcome || state === 'ABANDONED';
    return agrees ? [] : [`operation ${id} is ${state} in our records, and ${at?.outcome} at the core`];
  });
}

/**
 * The accounts of each customer at the core have changed by our journal and by the operations that are forgotten. Not each account:
 * the core recognises an operation by its id, and its answer does not name the account, which may be another than we chose again.
 */
async function accounts(
  { world, database, customers }: Life,
  ours: readonly Operation[],
  theirs: readonly CoreOperationView[],
): Promise<string[]> {
  // A debit that was given up at its deadline is known, too: its reversal is booked with it, or neither is.
  const known = new Set(ours.filter(({ state }) => state !== 'REFUSED').map(({ id }) => id));
  const mirrors = await database.query<{ customer_id: string; balance: string }>(
    `select customer_id, balance from ledger_accounts where kind = 'CORE_CUSTOMER' and customer_id = any($1)`,
    [customers],
  );
  const signed = (o: CoreOperationView) => (o.kind === 'DEBIT' ? -tiyn(o.amount) : tiyn(o.amount));
  return customers.flatMap((customer) => {
    const mine = mirrors.filter(({ customer_id }) => customer_id === customer);
    const booked = sum(mine.map(({ balance }) => BigInt(balance)));
    const unknown = theirs.filter((o) => o.moved && o.customerId === customer && !known.has(o.operationId));
    const forgotten = sum(unknown.map(signed));
    const change = sum(world.simulator.core.accounts(customer).map(({ balance }) => tiyn(balance) - tiyn(OPENING)));
    return change === booked + forgotten
      ? []
      : [
          `${customer}’s accounts have changed by ${change} at the core, by ${booked} in our journal, ${forgotten} is forgotten`,
        ];
  });
}

/** What the gateway is told again it is told under the same id. */
function events({ world, customers }: Life): string[] {
  const ids = new Map<string, Set<string | null>>();
  for (const { type, data, webhookId } of customers.flatMap((customerId) =>
    world.simulator.notifications({ customerId }),
  )) {
    const { id, refundId } = data as { id?: string; refundId?: string };
    const what = `${type} of ${refundId ?? id}`;
    ids.set(what, (ids.get(what) ?? new Set()).add(webhookId));
  }
  return [...ids].flatMap(([what, { size }]) => (size === 1 ? [] : [`the gateway has ${what} under ${size} ids`]));
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
