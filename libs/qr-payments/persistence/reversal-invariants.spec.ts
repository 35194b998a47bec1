import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { another, type Columns, DEBITED_AT, paymentThatIs, rowOf } from '../../../test/support/payments.js';
import { TableOwner } from '../../../test/support/table-owner.js';
import type { PaymentStatus } from '../domain/transitions.js';

const { FUNDING, IN_TRANSIT, REVERSALS_IN_SUSPENSE } = SHARED_ACCOUNTS;
const CREDIT_BY = '2026-03-10T07:01:00Z';
const LATER = '2026-03-10T06:02:00Z';
const REVERSING = { status: 'REVERSING', settled_by: 'KASPI' };
const REVERSED = { status: 'REVERSED', settled_by: 'KASPI' };
const SUSPENDED = { suspended_at: LATER };
const GIVEN_BACK = 'qr_payments_given_back';
const AGREE = 'qr_payment_reversals_agree';
const DECIDED = /what is owed or given back cannot change/;

/** The rules that the database enforces at the commit (R41). */
describe('in the database, a debit that is due back', () => {
  let database: TestDatabase;
  let payments: TableOwner;
  let customers = 0;

  beforeAll(async () => {
    database = await createDatabase();
    payments = await TableOwner.of(database, 'qr_payments');
  });

  afterAll(async () => {
    await payments.end();
    await database.drop();
  });

  const post = (purpose: string, reference: string, debit: string, credit: string, tiyn = 10_000) =>
    payments.query('select ledger_post($1, $2, $3, $4, $5, now())', [purpose, reference, debit, credit, tiyn]);

  async function open(customer: string, kind = 'CUSTOMER'): Promise<string> {
    const id = randomUUID();
    await payments.query(
      `insert into ledger_accounts (id, kind, customer_id, core_account, name, balance, created_at)
       values ($1, $2, $3, $4, 'n', 0, now())`,
      [id, kind, customer, kind === 'CUSTOMER' ? null : id],
    );
    return id;
  }

  /** Debited 100.00 from the own ledger, or from a core. */
  async function debited(status: PaymentStatus = 'PROCESSING', atCore = false) {
    const customer = `V${++customers}`;
    const account = await open(customer, atCore ? 'CORE_CUSTOMER' : 'CUSTOMER');
    const columns: Columns = {
      ...rowOf(another(paymentThatIs(status))),
      ...{ customer_id: customer, account_id: account, debit_requested_at: atCore ? DEBITED_AT : null },
    };
    const id = await payments.insert(columns);
    if (!atCore) await post('DEPOSIT', id, FUNDING, account);
    await post('PAYMENT', id, account, IN_TRANSIT);
    return { id, customer, account };
  }
  type Debited = Awaited<ReturnType<typeof debited>>;

  const reversal = ({ id, customer, account }: Debited, columns: Columns = {}) => {
    const row: Columns = {
      ...{ payment_id: id, customer_id: customer, account_id: account, amount: 10_000, credit_by: CREDIT_BY },
      ...{ created_at: DEBITED_AT, ...columns },
    };
    const places = Object.keys(row).map((_, index) => `$${index + 1}`);
    return payments.query(
      `insert into qr_payment_reversals (${Object.keys(row)}) values (${places})`,
      Object.values(row),
    );
  };
  const change = ({ id }: Debited, columns: Columns) => {
    const changes = Object.keys(columns).map((name, index) => `${name} = $${index + 2}`);
    return payments.query(`update qr_payment_reversals set ${changes} where payment_id = $1`, [
      id,
      ...Object.values(columns),
    ]);
  };
  const credited = (account: string) => ({ credited_at: LATER, credited_account_id: account });

  /** What a commit would say. */
  const atCommit = (work: () => Promise<unknown>) => async () => {
    await work();
    await payments.query('set constraints all immediate');
  };
  const expectRefused = (work: () => Promise<unknown>, reason: string | RegExp) =>
    payments.expectRefused(atCommit(work), reason);
  const expectTaken = async (work: () => Promise<unknown>) =>
    expect(await payments.refusalOf(atCommit(work))).toBeNull();

  it('is REVERSED with its money on an account of the customer, the debited one or another', async () => {
    const payment = await debited();
    const other = await open(payment.customer);
    for (const account of [payment.account, other]) {
      await expectTaken(async () => {
        await payments.update(payment.id, REVERSED);
        await post('REVERSAL', payment.id, IN_TRANSIT, account);
        await reversal(payment, credited(account));
      });
    }
  });

  it('is not REVERSED without an entry, nor while its money is in suspense', async () => {
    const payment = await debited();
    await expectRefused(() => payments.update(payment.id, REVERSED), GIVEN_BACK);
    await expectRefused(async () => {
      await payments.update(payment.id, REVERSED);
      await post('REVERSAL', payment.id, IN_TRANSIT, REVERSALS_IN_SUSPENSE);
    }, GIVEN_BACK);
    await expectRefused(async () => {
      await payments.update(payment.id, REVERSED);
      await post('REVERSAL', payment.id, IN_TRANSIT, payment.account);
      await reversal(payment, SUSPENDED);
    }, /qr_payments_given_back|qr_payment_reversals_agree/);
  });

  it('of the own ledger is REVERSING only with its money in suspense', async () => {
    const payment = await debited();
    await expectRefused(() => payments.update(payment.id, REVERSING), GIVEN_BACK);
    await expectRefused(async () => {
      await payments.update(payment.id, REVERSING);
      await reversal(payment);
    }, AGREE);
    await expectRefused(async () => {
      await payments.update(payment.id, REVERSING);
      await reversal(payment, SUSPENDED);
    }, AGREE);
    await expectTaken(async () => {
      await payments.update(payment.id, REVERSING);
      await post('REVERSAL', payment.id, IN_TRANSIT, REVERSALS_IN_SUSPENSE);
      await reversal(payment, SUSPENDED);
    });
  });

  it('in suspense is REVERSED with the entry of its release', async () => {
    const payment = await debited();
    const stranger = await open('stranger');
    const suspended = async () => {
      await payments.update(payment.id, REVERSING);
      await post('REVERSAL', payment.id, IN_TRANSIT, REVERSALS_IN_SUSPENSE);
      await reversal(payment, SUSPENDED);
    };
    await expectTaken(async () => {
      await suspended();
      await payments.update(payment.id, { status: 'REVERSED' });
      await post('REVERSAL_RELEASE', payment.id, REVERSALS_IN_SUSPENSE, payment.account);
      await change(payment, credited(payment.account));
    });
    await expectRefused(async () => {
      await suspended();
      await payments.update(payment.id, { status: 'REVERSED' });
      await change(payment, credited(payment.account));
    }, /qr_payments_given_back|qr_payment_reversals_agree/);
    await expectRefused(async () => {
      await suspended();
      await payments.update(payment.id, { status: 'REVERSED' });
      await post('REVERSAL_RELEASE', payment.id, REVERSALS_IN_SUSPENSE, payment.account);
      await change(payment, credited(stranger));
    }, AGREE);
  });

  it('has a reversal of its own customer, amount and account', async () => {
    const payment = await debited();
    for (const columns of [{ customer_id: 'other' }, { amount: 9999 }, { account_id: randomUUID() }]) {
      await expectRefused(async () => {
        await payments.update(payment.id, REVERSED);
        await post('REVERSAL', payment.id, IN_TRANSIT, payment.account);
        await reversal(payment, { ...credited(payment.account), ...columns });
      }, AGREE);
    }
    await expectRefused(() => reversal(payment, SUSPENDED), AGREE);
  });

  it('at a core may wait without an entry while it is REVERSING', async () => {
    const payment = await debited('REVERSING', true);
    await expectTaken(() => reversal(payment));
    await expectRefused(() => reversal(payment, credited(payment.account)), AGREE);
    await expectRefused(async () => {
      await post('REVERSAL', payment.id, IN_TRANSIT, payment.account);
      await reversal(payment);
    }, AGREE);
  });

  it('keeps what is owed, its suspense and its end', async () => {
    const payment = await debited('REVERSING', true);
    const begun = async (columns: Columns = {}) => {
      await post('REVERSAL', payment.id, IN_TRANSIT, REVERSALS_IN_SUSPENSE);
      await reversal(payment, { ...SUSPENDED, ...columns });
    };
    const another = { ...credited(payment.account), credited_at: CREDIT_BY };
    for (const columns of [
      { amount: 9999 },
      { account_id: randomUUID() },
      { credit_by: LATER },
      { created_at: LATER },
      { suspended_at: null },
      { suspended_at: CREDIT_BY },
    ]) {
      await payments.expectRefused(() => begun().then(() => change(payment, columns)), DECIDED);
    }
    for (const columns of [another, credited(randomUUID()), { credited_at: null, credited_account_id: null }]) {
      await payments.expectRefused(
        () => begun(credited(payment.account)).then(() => change(payment, columns)),
        DECIDED,
      );
    }
    await payments.expectRefused(
      () => begun(credited(payment.account)).then(() => change(payment, { next_escalation_at: LATER })),
      'qr_payment_reversals_escalates',
    );
    await payments.expectRefused(() => begun({ credited_at: LATER }), 'qr_payment_reversals_credited');
    const kept = /refused: the table is append-only/;
    await payments.expectRefused(() => begun().then(() => payments.query('delete from qr_payment_reversals')), kept);
    await payments.expectRefused(() => payments.query('truncate qr_payment_reversals'), kept);
  });
});
