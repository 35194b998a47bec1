import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { until } from '../../../test/support/until.js';
import { isFinal, PAYMENT_STATUSES, type PaymentStatus } from '../domain/transitions.js';

const ALIA = '900900000001';
const BEKZAT = '900900000002';
const ACCOUNT = randomUUID();
const DEBITED_AT = '2026-03-10T06:00:00Z';
const DEBITED: readonly PaymentStatus[] = ['PROCESSING', 'IN_DOUBT', 'REVERSING', 'CONFIRMED', 'REVERSED'];
const FINAL = PAYMENT_STATUSES.filter(isFinal);

type Columns = Record<string, unknown>;

/** As a payment in this state can be: debited where the state says so. */
function row(status: PaymentStatus, columns: Columns = {}): Columns {
  const debited = DEBITED.includes(status);
  return {
    id: randomUUID(),
    kaspi_payment_id: `ps-${randomUUID()}`,
    customer_id: ALIA,
    qr_code_type: 'Dynamic',
    status,
    amount: 10_000,
    account_id: debited ? ACCOUNT : null,
    debited_at: debited ? DEBITED_AT : null,
    notify_result: debited ? 'SUCCESS' : null,
    answered_at: DEBITED_AT,
    created_at: DEBITED_AT,
    updated_at: DEBITED_AT,
    ...columns,
  };
}

/** What the owner of the tables can do to payments by SQL, whatever the server's code does. */
describe('a payment in the database', () => {
  let database: TestDatabase;
  let owner: pg.Client;
  let other: pg.Client;

  beforeAll(async () => {
    database = await createDatabase();
    [owner, other] = await Promise.all([session(), session()]);
  });

  afterAll(async () => {
    await Promise.all([owner.end(), other.end()]);
    await database.drop();
  });

  async function session(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    return client;
  }

  async function insert(columns: Columns, client = owner): Promise<string> {
    const names = Object.keys(columns);
    await client.query(
      `insert into qr_payments (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(columns),
    );
    return String(columns.id);
  }

  async function update(id: string, columns: Columns, client = owner): Promise<void> {
    const changes = Object.keys(columns).map((name, index) => `${name} = $${index + 2}`);
    const { rowCount } = await client.query(`update qr_payments set ${changes.join(', ')} where id = $1`, [
      id,
      ...Object.values(columns),
    ]);
    expect(rowCount).toBe(1);
  }

  /** What PostgreSQL says; null where it lets the work pass. Nothing of it stays. */
  async function refusalOf(work: () => Promise<unknown>, asReplica = false): Promise<string | null> {
    await owner.query('begin');
    try {
      if (asReplica) await owner.query('set local session_replication_role = replica');
      await work();
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

  const SETTLED = /what is settled stays settled/;
  const DEBIT = { status: 'PROCESSING', account_id: ACCOUNT, debited_at: DEBITED_AT, notify_result: 'SUCCESS' };

  it('is guarded from whoever owns its table, too', async () => {
    const { rows } = await owner.query(
      "select tableowner = current_user as mine from pg_tables where tablename = 'qr_payments'",
    );
    expect(rows).toEqual([{ mine: true }]);
  });

  describe('of a purchase that is paid', () => {
    it.each(DEBITED)('and %s cannot be debited a second time, by whomever (R33)', async (status) => {
      const kaspi_payment_id = `ps-${status}`;
      await insert(row(status, { kaspi_payment_id }));
      const second = await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id, customer_id: BEKZAT }));
      await expectRefused(() => update(second, DEBIT), 'qr_payments_one_debit');
      await expectRefused(
        () => insert(row('CONFIRMED', { kaspi_payment_id, customer_id: 'third' })),
        'qr_payments_one_debit',
      );
    });

    it('is one per customer (R33)', async () => {
      const kaspi_payment_id = 'ps-same';
      await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id }));
      const again = row('AWAITING_CONFIRMATION', { kaspi_payment_id });
      await expectRefused(() => insert(again), 'qr_payments_of_purchase');
    });

    it('and not debited for one customer leaves it to another', async () => {
      const kaspi_payment_id = 'ps-left';
      await insert(row('DECLINED', { kaspi_payment_id, notify_result: 'PROCESS_FAIL' }));
      await insert(row('EXPIRED', { kaspi_payment_id, customer_id: 'late' }));
      const second = await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id, customer_id: BEKZAT }));
      expect(await refusalOf(() => update(second, DEBIT))).toBeNull();
    });

    it.each([
      ['commit', 'qr_payments_one_debit'],
      ['rollback', 'debited'],
    ])('at the same moment by two: the second waits for the first, and after its %s is told: %s', async (end, told) => {
      const kaspi_payment_id = `ps-race-${end}`;
      const first = await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id }));
      const second = await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id, customer_id: BEKZAT }));
      const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
      await owner.query('begin');
      await update(first, DEBIT);
      const waiting = update(second, DEBIT, other).then(
        () => 'debited',
        (error: pg.DatabaseError) => error.constraint,
      );
      await until(
        'the second to wait for the first',
        () => database.query('select wait_event_type from pg_stat_activity where pid = $1', [rows[0]?.pid]),
        ([activity]) => activity?.wait_event_type === 'Lock',
      );
      await owner.query(end);
      expect(await waiting).toBe(told);
    });
  });

  it.each(['id', 'kaspi_payment_id', 'customer_id'])('keeps its %s from the beginning', async (column) => {
    const id = await insert(row('AWAITING_CONFIRMATION'));
    await expectRefused(() => update(id, { [column]: column === 'id' ? randomUUID() : 'other' }), SETTLED);
  });

  it('has its amount and account refreshed as long as it is not debited', async () => {
    const id = await insert(row('AWAITING_CONFIRMATION'));
    expect(await refusalOf(() => update(id, { amount: 20_000, account_id: randomUUID() }))).toBeNull();
  });

  describe.each(DEBITED)('that is debited and %s', (status) => {
    it.each([
      ['amount', 10_001],
      ['amount', null],
      ['account_id', randomUUID()],
      ['account_id', null],
      ['debited_at', '2026-03-10T06:00:01Z'],
      ['debited_at', null],
    ])('never has another %s, such as %s', async (column, value) => {
      const id = await insert(row(status));
      await expectRefused(() => update(id, { [column]: value }), SETTLED);
    });
  });

  it('cannot have its debit taken back by going back to an earlier state', async () => {
    const id = await insert(row('PROCESSING'));
    const back = { status: 'AWAITING_CONFIRMATION', debited_at: null, account_id: null, notify_result: null };
    await expectRefused(() => update(id, back), SETTLED);
    await expectRefused(() => update(id, { status: 'AWAITING_CONFIRMATION' }), 'qr_payments_undebited');
  });

  describe('once it is decided what the PS is told,', () => {
    const RESULTS = ['SUCCESS', 'CANCELLED_BY_CLIENT', 'PROCESS_FAIL'];
    const PAYMENTS: readonly [string, PaymentStatus][] = [
      ['SUCCESS', 'PROCESSING'],
      ['SUCCESS', 'CONFIRMED'],
      ['PROCESS_FAIL', 'DECLINED'],
      ['CANCELLED_BY_CLIENT', 'CANCELLED'],
      // Told before the debit of an outside core is known: no state of it changes the result either.
      ['SUCCESS', 'DEBITING'],
    ];
    it.each(
      PAYMENTS.flatMap(([told, status]) =>
        [...RESULTS.filter((result) => result !== told), null].map((result) => [told, status, result] as const),
      ),
    )('%s of a payment that is %s never becomes %s (R35)', async (notify_result, status, result) => {
      const id = await insert(row(status, { notify_result }));
      await expectRefused(() => update(id, { notify_result: result }), SETTLED);
    });

    it('but not before', async () => {
      const id = await insert(row('AWAITING_CONFIRMATION'));
      expect(
        await refusalOf(() => update(id, { status: 'CANCELLED', notify_result: 'CANCELLED_BY_CLIENT' })),
      ).toBeNull();
    });

    it('nothing that the regulation does not know can be told', async () => {
      const id = await insert(row('AWAITING_CONFIRMATION'));
      await expectRefused(() => update(id, { notify_result: 'MAYBE' }), 'qr_payments_notify_result_check');
    });
  });

  it('knows five ends', () => {
    expect(FINAL).toEqual(['CONFIRMED', 'REVERSED', 'DECLINED', 'CANCELLED', 'EXPIRED']);
  });

  describe.each(FINAL)('that has ended %s', (status) => {
    it.each(PAYMENT_STATUSES.filter((next) => next !== status))('never becomes %s', async (next) => {
      const id = await insert(row(status));
      await expectRefused(() => update(id, { status: next }), SETTLED);
      // Neither by inserting it once more.
      const again = `insert into qr_payments select * from qr_payments where id = $1 on conflict (id) do update set status = $2`;
      await expectRefused(() => owner.query(again, [id, next]), SETTLED);
    });
  });

  it('goes on to its end from every other state', async () => {
    const ends: readonly [PaymentStatus, Columns][] = [
      ['AWAITING_CONFIRMATION', DEBIT],
      ['PROCESSING', { status: 'CONFIRMED' }],
      ['PROCESSING', { status: 'IN_DOUBT' }],
      ['IN_DOUBT', { status: 'REVERSED' }],
      ['AWAITING_AMOUNT', { status: 'EXPIRED' }],
    ];
    for (const [from, change] of ends) {
      const id = await insert(row(from));
      expect(await refusalOf(() => update(id, change))).toBeNull();
    }
  });

  it.each(DEBITED)(
    'cannot be %s without a debit, an account, an amount and something to tell the PS',
    async (status) => {
      for (const missing of ['debited_at', 'account_id', 'amount', 'notify_result'])
        await expectRefused(() => insert(row(status, { [missing]: null })), 'qr_payments_debited');
    },
  );

  it.each(PAYMENT_STATUSES.filter((status) => !DEBITED.includes(status) && status !== 'DEBITING'))(
    'cannot be %s and debited',
    async (status) => {
      await expectRefused(() => insert(row(status, { debited_at: DEBITED_AT })), 'qr_payments_undebited');
    },
  );

  it.each([
    ['an amount of nothing', { amount: 0 }, 'qr_payments_amount_check'],
    ['a negative amount', { amount: -1 }, 'qr_payments_amount_check'],
    ['more refunded than paid', { refunded_amount: 10_001 }, 'qr_payments_check'],
    ['less than nothing refunded', { refunded_amount: -1 }, /qr_payments_(refunded_amount_)?check/],
    ['a status that the contract does not know', { status: 'PAID' }, /qr_payments_status_check/],
    ['a QR type that the regulation does not know', { qr_code_type: 'Paper' }, 'qr_payments_qr_code_type_check'],
    ['no customer', { customer_id: '' }, 'qr_payments_customer_id_check'],
    ['no purchase', { kaspi_payment_id: '' }, 'qr_payments_kaspi_payment_id_check'],
  ])('cannot have %s', async (_, columns, says) => {
    await expectRefused(() => insert(row('AWAITING_CONFIRMATION', columns)), says);
  });

  it.each([
    ['deleted', 'delete from qr_payments where id = $1', true],
    ['deleted with all others', 'delete from qr_payments', false],
    ['swept away with the whole table', 'truncate qr_payments cascade', false],
  ])('cannot be %s', async (_, sql, named) => {
    const id = await insert(row('AWAITING_CONFIRMATION'));
    await expectRefused(() => owner.query(sql, named ? [id] : []), /refused: it is append only/);
  });
});
