import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AccountId, type CustomerId, Money, type PaymentId } from '@mpp/kernel';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import { PAYMENT_STATUSES, type PaymentStatus } from '@mpp/qr-payments';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { another, type Columns, insertRow, paymentThatIs, rowOf } from '../../../test/support/payments.js';
import { until } from '../../../test/support/until.js';
import { REFUND_STATUSES, type RefundStatus } from '../domain/refund-status.js';

const { FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES, RECEIVABLE_FROM_KASPI, REFUNDS_IN_SUSPENSE } =
  SHARED_ACCOUNTS;
const NOW = '2026-03-10T07:00:00Z';
const DECIDED = /a decision cannot change/;
const SUM = 'refunds_agree_with_payment';
const CREDIT = 'refunds_credited_in_journal';

/** What the database refuses to the owner of the tables, independent of the server's code. */
describe('the database', () => {
  let database: TestDatabase;
  let owner: pg.Client;
  let customers = 0;

  beforeAll(async () => {
    database = await createDatabase();
    owner = await database.connect();
  });

  afterAll(async () => {
    await owner.end();
    await database.drop();
  });

  async function open(customer: CustomerId): Promise<AccountId> {
    const id = randomUUID() as AccountId;
    await owner.query(
      `insert into ledger_accounts (id, kind, customer_id, name, balance, created_at) values ($1, 'CUSTOMER', $2, 'a', 0, $3)`,
      [id, customer, NOW],
    );
    return id;
  }

  interface Bought {
    readonly payment: ReturnType<typeof another>;
    readonly customer: CustomerId;
    readonly account: AccountId;
  }

  /** A new customer with a payment of 100.00. */
  async function paid(status: PaymentStatus = 'CONFIRMED'): Promise<Bought> {
    const customer = `R${++customers}` as CustomerId;
    const account = await open(customer);
    const fresh = paymentThatIs(status);
    const debit = fresh.debitedAt === null ? {} : { accountId: account };
    const payment = another(fresh, { customerId: customer, ...debit });
    await insertRow(database, rowOf(payment));
    return { payment, customer, account };
  }

  function rowFor({ payment, customer, account }: Bought, tiyn: number, columns: Columns = {}): Columns {
    return {
      id: randomUUID(),
      refund_id: `Ref${randomUUID()}`,
      fingerprint: 'f',
      result_code: 'SUCCESS',
      result_message: 'success',
      status: 'ACCEPTED',
      customer_id: customer,
      kaspi_payment_id: payment.kaspiPaymentId,
      payment_id: payment.id,
      amount: tiyn,
      account_id: account,
      link_receipt: 'https://receipt.kaspi.kz/ext?TranId=a',
      credit_by: '2026-03-10T08:00:00Z',
      next_escalation_at: '2026-03-10T07:30:00Z',
      created_at: NOW,
      ...columns,
    };
  }

  function refusedRow(columns: Columns = {}): Columns {
    return {
      id: randomUUID(),
      refund_id: `Ref${randomUUID()}`,
      fingerprint: 'f',
      result_code: 'PARAM_ILLEGAL',
      result_message: 'paymentId is unknown',
      refusal: 'UNKNOWN_PAYMENT',
      status: 'REFUSED',
      created_at: NOW,
      ...columns,
    };
  }

  async function insert(columns: Columns, client = owner): Promise<string> {
    const names = Object.keys(columns);
    await client.query(
      `insert into refunds (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(columns),
    );
    return String(columns.id);
  }

  async function change(id: string, columns: Columns, client = owner): Promise<void> {
    const changes = Object.keys(columns).map((name, index) => `${name} = $${index + 2}`);
    const { rowCount } = await client.query(`update refunds set ${changes.join(', ')} where id = $1`, [
      id,
      ...Object.values(columns),
    ]);
    expect(rowCount).toBe(1);
  }

  const raise = ({ payment }: Bought, tiyn: number, client = owner) =>
    client.query('update qr_payments set refunded_amount = refunded_amount + $2, version = version + 1 where id = $1', [
      payment.id,
      tiyn,
    ]);

  const post = (purpose: string, reference: string, debit: string, credit: string, tiyn: number, client = owner) =>
    client.query('select ledger_post($1, $2, $3, $4, $5, $6)', [purpose, reference, debit, credit, tiyn, NOW]);

  async function committed<T>(work: () => Promise<T>): Promise<T> {
    await owner.query('begin');
    try {
      const result = await work();
      await owner.query('commit');
      return result;
    } catch (error) {
      await owner.query('rollback');
      throw error;
    }
  }

  /** A refund as the server accepts it: refund and payment in one transaction. */
  const accepted = (bought: Bought, tiyn: number, columns: Columns = {}) =>
    committed(async () => {
      const id = await insert(rowFor(bought, tiyn, columns));
      await raise(bought, tiyn);
      return id;
    });

  const CREDITED = { status: 'CREDITED', credited_at: NOW, next_escalation_at: null };
  const SUSPENDED = { status: 'SUSPENDED', suspended_at: NOW };

  const credited = (bought: Bought, id: string, tiyn: number) =>
    committed(async () => {
      await post('REFUND', id, RECEIVABLE_FROM_KASPI, bought.account, tiyn);
      await change(id, { ...CREDITED, credited_account_id: bought.account });
    });

  const suspended = (id: string, tiyn: number) =>
    committed(async () => {
      await post('REFUND', id, RECEIVABLE_FROM_KASPI, REFUNDS_IN_SUSPENSE, tiyn);
      await change(id, SUSPENDED);
    });

  /** A refund of 30.00 with this status. */
  async function refundThatIs(status: RefundStatus): Promise<string> {
    if (status === 'REFUSED') return insert(refusedRow());
    const bought = await paid();
    const id = await accepted(bought, 3000);
    if (status === 'SUSPENDED') await suspended(id, 3000);
    if (status === 'CREDITED') await credited(bought, id, 3000);
    return id;
  }

  /** The constraint or message with which PostgreSQL refuses the work, also at the commit; null if it accepts it. Rolled back. */
  async function refusalOf(work: () => Promise<unknown>, asReplica = false): Promise<string | null> {
    await owner.query('begin');
    try {
      if (asReplica) await owner.query('set local session_replication_role = replica');
      await work();
      await owner.query('set constraints all immediate');
      return null;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      return error.constraint ?? error.message;
    } finally {
      await owner.query('rollback');
    }
  }

  async function expectRefused(work: () => Promise<unknown>, says: RegExp | string): Promise<void> {
    expect(await refusalOf(work)).toMatch(says);
    expect(await refusalOf(work, true)).toMatch(says);
  }

  async function expectTaken(work: () => Promise<unknown>): Promise<void> {
    expect(await refusalOf(work)).toBeNull();
  }

  describe('keeps a payment and its refunds equal', () => {
    it('at the commit, written in any order', async () => {
      const bought = await paid();
      await expectTaken(async () => {
        await raise(bought, 3000);
        await insert(rowFor(bought, 3000));
      });
      await expectTaken(async () => {
        await insert(rowFor(bought, 3000));
        await insert(rowFor(bought, 7000));
        await raise(bought, 10_000);
      });
    });

    it('so it refuses a refund without its payment, and a payment without its refund', async () => {
      const bought = await paid();
      await expectRefused(() => insert(rowFor(bought, 3000)), SUM);
      await expectRefused(() => raise(bought, 3000), SUM);
    });

    it.each([
      [3000, 2999],
      [3000, 3001],
    ])('to the tiyn: %i is not %i', async (row, payment) => {
      const bought = await paid();
      await expectRefused(async () => {
        await insert(rowFor(bought, row));
        await raise(bought, payment);
      }, SUM);
    });

    it('so a refund of one payment cannot count for another', async () => {
      const [one, other] = [await paid(), await paid()];
      await expectRefused(async () => {
        await insert(rowFor(one, 3000));
        await raise(other, 3000);
      }, SUM);
    });

    it('and refuses a refund of no payment', async () => {
      const bought = await paid();
      const unknown = { ...bought, payment: { ...bought.payment, id: randomUUID() as PaymentId } };
      await expectRefused(() => insert(rowFor(unknown, 3000)), SUM);
    });

    it('not counting refused refunds', async () => {
      const { payment } = await paid();
      await expectTaken(() => insert(refusedRow({ payment_id: payment.id, amount: 3000 })));
    });

    it('also for two refunds at the same time that exceed the payment: the second waits and is refused', async () => {
      const bought = await paid();
      const other = await database.connect();
      try {
        const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
        await owner.query('begin');
        await insert(rowFor(bought, 6000));
        await raise(bought, 6000);
        await other.query('begin');
        await insert(rowFor(bought, 6000), other);
        const second = raise(bought, 6000, other).then(
          () => 'taken',
          (error: pg.DatabaseError) => error.constraint,
        );
        await until(
          'the second transaction to wait for the first',
          () => database.query('select wait_event_type from pg_stat_activity where pid = $1', [rows[0]?.pid]),
          ([activity]) => activity?.wait_event_type === 'Lock',
        );
        await owner.query('commit');
        expect(await second).toBe('qr_payments_check');
      } finally {
        await other.end();
      }
    });

    it('from the insert: a new payment has no refunded amount', async () => {
      const payment = another(paymentThatIs('CONFIRMED'), { refundedAmount: Money.parse('30.00') });
      await expectRefused(async () => {
        const columns = rowOf(payment);
        const names = Object.keys(columns);
        await owner.query(
          `insert into qr_payments (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
          Object.values(columns),
        );
      }, SUM);
    });
  });

  describe('the refunded amount of a payment', () => {
    it('is never above the payment', async () => {
      const bought = await paid();
      await expectRefused(async () => {
        await insert(rowFor(bought, 10_001));
        await raise(bought, 10_001);
      }, 'qr_payments_check');
      await accepted(bought, 6000);
      await expectRefused(async () => {
        await insert(rowFor(bought, 4001));
        await raise(bought, 4001);
      }, 'qr_payments_check');
    });

    it('never decreases', async () => {
      const bought = await paid();
      await accepted(bought, 6000);
      for (const less of [-1, -6000])
        await expectRefused(() => raise(bought, less), /the refunded amount cannot decrease/);
    });

    it.each(PAYMENT_STATUSES.filter((status) => paymentThatIs(status).debitedAt === null))(
      'is zero if the payment is %s and was never debited',
      async (status) => {
        const bought = await paid(status);
        await expectRefused(async () => {
          await insert(rowFor(bought, 1));
          await raise(bought, 1);
        }, /the refunded amount cannot decrease|qr_payments_check/);
      },
    );

    it.each(PAYMENT_STATUSES.filter((status) => paymentThatIs(status).debitedAt !== null))(
      'may be the whole amount if the payment is debited and %s',
      async (status) => {
        const bought = await paid(status);
        await expectTaken(async () => {
          await insert(rowFor(bought, 10_000));
          await raise(bought, 10_000);
        });
      },
    );
  });

  describe('a decision about a refund', () => {
    it('exists once per refundId', async () => {
      const bought = await paid();
      const refund_id = `Once${randomUUID()}`;
      await accepted(bought, 1000, { refund_id });
      await expectRefused(() => insert(rowFor(bought, 1000, { refund_id })), 'refunds_refund_id');
      await expectRefused(() => insert(refusedRow({ refund_id })), 'refunds_refund_id');
    });

    describe.each(REFUND_STATUSES)('that is %s', (status) => {
      it.each([
        ['id', randomUUID()],
        ['refund_id', 'other'],
        ['fingerprint', 'g'],
        ['result_code', null],
        ['result_message', 'other'],
        ['refusal', 'OTHER'],
        ['customer_id', 'other'],
        ['kaspi_payment_id', 'other'],
        ['payment_id', randomUUID()],
        ['amount', 1],
        ['account_id', randomUUID()],
        ['credit_by', '2099-01-01T00:00:00Z'],
        ['created_at', '2099-01-01T00:00:00Z'],
      ])('cannot change its %s', async (column, value) => {
        const id = await refundThatIs(status);
        await expectRefused(() => change(id, { [column]: value }), DECIDED);
      });

      it('is never deleted or truncated', async () => {
        const id = await refundThatIs(status);
        await expectRefused(() => owner.query('delete from refunds where id = $1', [id]), 'append-only');
        await expectRefused(() => owner.query('truncate refunds'), 'append-only');
      });

      it.each(REFUND_STATUSES.filter((next) => next !== status))(
        'becomes %s only if that is a step forward',
        async (next) => {
          const ways: Partial<Record<RefundStatus, RefundStatus[]>> = {
            ACCEPTED: ['SUSPENDED', 'CREDITED'],
            SUSPENDED: ['CREDITED'],
          };
          const id = await refundThatIs(status);
          const columns = { REFUSED: {}, ACCEPTED: {}, SUSPENDED, CREDITED }[next];
          const work = () => change(id, { ...columns, status: next });
          if (!(ways[status] ?? []).includes(next)) await expectRefused(work, DECIDED);
          // A step forward needs its journal entry.
          else if (next === 'CREDITED') await expectRefused(work, CREDIT);
        },
      );
    });

    it('may get another receipt if it was accepted (R17)', async () => {
      for (const status of ['ACCEPTED', 'SUSPENDED', 'CREDITED'] as const) {
        const id = await refundThatIs(status);
        await expectTaken(() => change(id, { link_receipt: 'https://other', pdf_receipt: 'https://pdf' }));
      }
    });

    it.each([
      ['an accepted one without a payment', { payment_id: null }, 'refunds_accepted'],
      ['an accepted one without a customer', { customer_id: null }, 'refunds_accepted'],
      ['an accepted one without an amount', { amount: null }, 'refunds_accepted'],
      ['an accepted one without an account', { account_id: null }, 'refunds_accepted'],
      ['an accepted one without a deadline', { credit_by: null }, 'refunds_accepted'],
      ['one of zero', { amount: 0 }, 'refunds_amount_check'],
      ['an accepted one with another answer', { result_code: 'PARAM_ILLEGAL' }, 'refunds_refused'],
      ['one with a code that is not in regulation 4.4', { result_code: 'PROCESS_FAIL' }, 'refunds_refused'],
      ['an accepted one with a refusal', { refusal: 'AMOUNT' }, 'refunds_refused'],
      ['a credited one without a time', { status: 'CREDITED', next_escalation_at: null }, 'refunds_credited'],
      ['a waiting one with the time of a credit', { credited_at: NOW }, 'refunds_credited'],
      ['one in suspense without a time', { status: 'SUSPENDED' }, 'refunds_suspended'],
      ['a refundId of 65 characters', { refund_id: 'r'.repeat(65) }, 'refunds_refund_id_check'],
      ['an empty refundId', { refund_id: '' }, 'refunds_refund_id_check'],
      ['a message of 257 characters', { result_message: 'm'.repeat(257) }, 'refunds_result_message_check'],
    ])('cannot be %s', async (_, columns, says) => {
      const bought = await paid();
      await expectRefused(() => insert(rowFor(bought, 1000, columns)), says);
    });

    it.each([
      ['without a reason', { refusal: null }, 'refunds_refused'],
      ['with the answer SUCCESS', { result_code: 'SUCCESS' }, 'refunds_refused'],
      ['with an escalation', { next_escalation_at: NOW }, 'refunds_escalates'],
    ])('cannot be a refusal %s', async (_, columns, says) => {
      await expectRefused(() => insert(refusedRow(columns)), says);
    });
  });

  describe('a credited refund', () => {
    it('has a journal entry to an account of its customer', async () => {
      const bought = await paid();
      const id = await accepted(bought, 3000);
      const other = await open(bought.customer);
      for (const account of [bought.account, other]) {
        await expectTaken(async () => {
          await change(id, { ...CREDITED, credited_account_id: account });
          await post('REFUND', id, RECEIVABLE_FROM_KASPI, account, 3000);
        });
      }
    });

    it('is refused without an entry, on any account', async () => {
      const bought = await paid();
      const id = await accepted(bought, 3000);
      for (const account of [bought.account, null, DIFFERENCES, REFUNDS_IN_SUSPENSE]) {
        await expectRefused(() => change(id, { ...CREDITED, credited_account_id: account }), CREDIT);
      }
      await expectRefused(
        () =>
          insert(rowFor(bought, 1, { ...CREDITED, credited_account_id: bought.account })).then(() => raise(bought, 1)),
        CREDIT,
      );
    });

    it('is refused on another customer’s account, also with an entry', async () => {
      const [bought, stranger] = [await paid(), await paid()];
      const id = await accepted(bought, 3000);
      await expectRefused(async () => {
        await post('REFUND', id, RECEIVABLE_FROM_KASPI, stranger.account, 3000);
        await change(id, { ...CREDITED, credited_account_id: stranger.account });
      }, CREDIT);
    });

    it('is refused with an entry of another amount, refund or account', async () => {
      const bought = await paid();
      const id = await accepted(bought, 3000);
      const other = await open(bought.customer);
      const says = () => change(id, { ...CREDITED, credited_account_id: bought.account });
      for (const [reference, account, tiyn] of [
        [id, bought.account, 2999],
        [id, bought.account, 3001],
        [randomUUID(), bought.account, 3000],
        [id, other, 3000],
        [id, REFUNDS_IN_SUSPENSE, 3000],
        [id, DIFFERENCES, 3000],
      ] as const) {
        await expectRefused(async () => {
          await post('REFUND', reference, RECEIVABLE_FROM_KASPI, account, tiyn);
          await says();
        }, CREDIT);
      }
      // An entry with another purpose is not a refund.
      await expectRefused(async () => {
        await post('DEPOSIT', id, FUNDING, bought.account, 3000);
        await says();
      }, CREDIT);
    });

    it('from suspense needs the entry of the release', async () => {
      const bought = await paid();
      const id = await accepted(bought, 3000);
      await suspended(id, 3000);
      await expectRefused(() => change(id, { ...CREDITED, credited_account_id: bought.account }), CREDIT);
      await expectTaken(async () => {
        await post('REFUND_RELEASE', id, REFUNDS_IN_SUSPENSE, bought.account, 3000);
        await change(id, { ...CREDITED, credited_account_id: bought.account });
      });
    });

    it('cannot change its account or time', async () => {
      const bought = await paid();
      const id = await accepted(bought, 3000);
      await credited(bought, id, 3000);
      await expectRefused(() => change(id, { credited_at: '2099-01-01T00:00:00Z' }), DECIDED);
      for (const account of [await open(bought.customer), null]) {
        await expectRefused(() => change(id, { credited_account_id: account }), DECIDED);
      }
      await expectRefused(() => change(id, { next_escalation_at: NOW }), 'refunds_escalates');
    });

    it('against a reversal has an entry to the differences account', async () => {
      const bought = await paid('REVERSED');
      const columns = rowFor(bought, 3000, CREDITED);
      const settled = async (credit: string) => {
        await insert(columns);
        await raise(bought, 3000);
        await post('REFUND', String(columns.id), RECEIVABLE_FROM_KASPI, credit, 3000);
      };
      await expectTaken(() => settled(DIFFERENCES));
      for (const credit of [bought.account, REFUNDS_IN_SUSPENSE]) await expectRefused(() => settled(credit), CREDIT);
    });

    it('of a confirmed payment cannot be settled against a reversal', async () => {
      const bought = await paid('CONFIRMED');
      const columns = rowFor(bought, 3000, CREDITED);
      await expectRefused(async () => {
        await insert(columns);
        await raise(bought, 3000);
        await post('REFUND', String(columns.id), RECEIVABLE_FROM_KASPI, DIFFERENCES, 3000);
      }, CREDIT);
    });

    it('belongs to the customer of the payment, not to the one in its own row', async () => {
      const [bought, stranger] = [await paid(), await paid()];
      const columns = rowFor({ ...stranger, payment: bought.payment }, 3000);
      await expectRefused(async () => {
        const id = await insert(columns);
        await raise(bought, 3000);
        await post('REFUND', id, RECEIVABLE_FROM_KASPI, stranger.account, 3000);
        await change(id, { ...CREDITED, credited_account_id: stranger.account });
      }, /./);
    });

    it('cannot be in suspense without its journal entry', async () => {
      const id = await accepted(await paid(), 3000);
      await expectRefused(() => change(id, SUSPENDED), /./);
    });
  });

  describe('the journal of refunds', () => {
    it('has one entry per refund, to any account', async () => {
      const bought = await paid();
      const id = await accepted(bought, 3000);
      for (const first of [bought.account, REFUNDS_IN_SUSPENSE, DIFFERENCES]) {
        for (const second of [bought.account, REFUNDS_IN_SUSPENSE, DIFFERENCES]) {
          await expectRefused(async () => {
            await post('REFUND', id, RECEIVABLE_FROM_KASPI, first, 3000);
            await post('REFUND', id, RECEIVABLE_FROM_KASPI, second, 1);
          }, 'ledger_entries_one_refund');
        }
      }
    });

    it('debits what Kaspi owes, and credits a customer, suspense or differences, nothing else', async () => {
      const { account } = await paid();
      const { account: other } = await paid();
      const allowed = [account, REFUNDS_IN_SUSPENSE, DIFFERENCES];
      const places = [...Object.values(SHARED_ACCOUNTS), account, other];
      for (const debit of [RECEIVABLE_FROM_KASPI, account, PAYABLE_TO_KASPI, IN_TRANSIT, REFUNDS_IN_SUSPENSE]) {
        for (const credit of places.filter((place) => place !== debit)) {
          const work = () => post('REFUND', randomUUID(), debit, credit, 1);
          const right = debit === RECEIVABLE_FROM_KASPI && [...allowed, other].includes(credit);
          if (right) await expectTaken(work);
          else await expectRefused(work, 'ledger_entries_refund_parties');
        }
      }
    });

    it('releases from suspense the same refund with its exact amount once, to a customer', async () => {
      const bought = await paid();
      const [id, untouched] = [await accepted(bought, 3000), await accepted(bought, 3000)];
      await suspended(id, 3000);
      const release = (reference: string, tiyn: number, debit: string = REFUNDS_IN_SUSPENSE, credit?: string) =>
        post('REFUND_RELEASE', reference, debit, credit ?? bought.account, tiyn);
      await expectTaken(() => release(id, 3000));
      await expectRefused(() => release(id, 3000).then(() => release(id, 3000)), 'ledger_entries_one_release');
      for (const tiyn of [1, 2999, 3001]) {
        await expectRefused(() => release(id, tiyn), 'ledger_entries_release_of_suspense');
      }
      await expectRefused(() => release(untouched, 3000), 'ledger_entries_release_of_suspense');
      await expectRefused(() => release(randomUUID(), 3000), 'ledger_entries_release_of_suspense');
      for (const debit of [RECEIVABLE_FROM_KASPI, DIFFERENCES, FUNDING]) {
        await expectRefused(() => release(id, 3000, debit), 'ledger_entries_release_parties');
      }
      for (const credit of [DIFFERENCES, FUNDING, RECEIVABLE_FROM_KASPI]) {
        await expectRefused(() => release(id, 3000, REFUNDS_IN_SUSPENSE, credit), 'ledger_entries_release_parties');
      }
    });

    it('releases nothing that was credited without suspense', async () => {
      const bought = await paid();
      const id = await accepted(bought, 3000);
      await credited(bought, id, 3000);
      await expectRefused(
        () => post('REFUND_RELEASE', id, REFUNDS_IN_SUSPENSE, bought.account, 3000),
        'ledger_entries_release_of_suspense',
      );
    });
  });

  describe('an alert', () => {
    const raised = async (subject: string, kind = 'REFUND_OVERDUE') => {
      const { rows } = await owner.query<{ id: string }>(
        `insert into alerts (kind, subject, raised_at) values ($1, $2, $3) returning id`,
        [kind, subject, NOW],
      );
      return rows[0]?.id;
    };

    it('is raised once per subject and kind', async () => {
      await raised('Ref-alert');
      await expectRefused(() => raised('Ref-alert'), 'alerts_once');
      await expectTaken(() => raised('Ref-alert', 'REFUND_HALF_TIME'));
    });

    it('is never updated, deleted or truncated', async () => {
      const id = await raised('Ref-kept');
      for (const column of ['kind', 'subject', 'customer_id']) {
        await expectRefused(() => owner.query(`update alerts set ${column} = 'x' where id = $1`, [id]), 'append-only');
      }
      await expectRefused(() => owner.query('update alerts set raised_at = now()'), 'append-only');
      await expectRefused(() => owner.query('delete from alerts where id = $1', [id]), 'append-only');
      await expectRefused(() => owner.query('truncate alerts'), 'append-only');
    });
  });
});
