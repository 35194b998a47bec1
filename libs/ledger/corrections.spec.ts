import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AccountId, type CustomerId, MAX_TIYN, Money } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { type Answer, startTestServer, type TestServer } from '../../test/support/mpp.js';
import { Books } from './books.js';
import { Corrections } from './corrections.service.js';
import { type EntryPurpose, SHARED_ACCOUNTS } from './domain/chart.js';
import { Ledger } from './ledger.service.js';

const { FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES, RECEIVABLE_FROM_KASPI, REFUNDS_IN_SUSPENSE, FEES, BANK } =
  SHARED_ACCOUNTS;

interface EntryBody extends Record<string, unknown> {
  id: string;
  detail?: string;
}

let database: TestDatabase;
let server: TestServer;
let ledger: Ledger;
let customers = 0;

beforeAll(async () => {
  database = await createDatabase();
  server = await startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9' });
  ledger = server.app.get(Ledger);
});

afterAll(async () => {
  await server.stop();
  await database.drop();
});

async function accountWith(amount: string): Promise<AccountId> {
  const { id } = await ledger.openAccount(`C${++customers}` as CustomerId, 'счёт');
  if (amount !== '0.00') await ledger.deposit(id, Money.parse(amount), `opening-${customers}`);
  return id;
}

const post = async (purpose: string, reference: string, debit: AccountId, credit: AccountId, tiyn: bigint | number) =>
  (
    await database.query<{ id: string }>('select ledger_post($1, $2, $3, $4, $5, now()) as id', [
      purpose,
      reference,
      debit,
      credit,
      tiyn.toString(),
    ])
  )[0]?.id ?? '';

async function lastEntryOf(account: AccountId): Promise<string> {
  return (await server.app.get(Books).entries(account, 1, null))[0]?.id ?? '';
}

async function correct(
  id: string,
  reason = 'counted twice',
  headers: Record<string, string> = {},
): Promise<Answer<EntryBody>> {
  const token = await server.mpp.teamToken('accounting');
  return server.mpp.call('POST', `/ops/v1/ledger/entries/${id}/correction`, { token, body: { reason }, headers });
}

const balanceOf = async (id: AccountId) => (await server.app.get(Books).account(id, null)).balance;
const entries = async () =>
  (await database.query<{ n: number }>('select count(*)::int as n from ledger_entries'))[0]?.n;

describe('a correction', () => {
  it('is the mirror image of its entry, says why and by whom, and stands in the audit trail', async () => {
    const account = await accountWith('0.00');
    await ledger.deposit(account, Money.parse('150.00'), 'cash-desk-17');
    const id = await lastEntryOf(account);
    const answer = await correct(id);
    expect(answer).toMatchObject({
      status: 201,
      body: {
        purpose: 'CORRECTION',
        reference: 'cash-desk-17',
        debitAccountId: account,
        creditAccountId: FUNDING,
        amount: '150.00',
        corrects: id,
        reason: 'counted twice',
        operator: expect.any(String),
      },
    });
    expect(await balanceOf(account)).toBe(0n);
    const token = await server.mpp.teamToken('admin');
    const { body } = await server.mpp.call<{ items: object[] }>('GET', '/ops/v1/audit?action=ENTRY_CORRECTED', {
      token,
    });
    expect(body.items[0]).toMatchObject({
      subject: id,
      customerId: `C${customers}`,
      reason: 'counted twice',
      details: { purpose: 'DEPOSIT', reference: 'cash-desk-17', correction: answer.body.id },
    });
    expect(await server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });

  it('leaves the deposit’s reference used: the same deposit again changes nothing', async () => {
    const account = await accountWith('0.00');
    await ledger.deposit(account, Money.parse('5.00'), 'used');
    await correct(await lastEntryOf(account));
    await ledger.deposit(account, Money.parse('5.00'), 'used');
    expect(await balanceOf(account)).toBe(0n);
    await expect(ledger.deposit(account, Money.parse('6.00'), 'used')).rejects.toThrow('REFERENCE_REUSED');
  });

  it('is made once: the same again is answered by it, another reason or operator by 409', async () => {
    const account = await accountWith('10.00');
    const id = await lastEntryOf(account);
    const first = await correct(id);
    expect(await correct(id)).toEqual({ ...first, status: 200, headers: expect.anything() });
    expect(await correct(id, 'another reason')).toMatchObject({
      status: 409,
      body: { code: 'STATE_CONFLICT', detail: 'Эта проводка уже исправлена.' },
    });
    const byAnother = server.app
      .get(Corrections)
      .correct({ corrects: id, reason: 'counted twice', operator: 'bekzat' });
    await expect(byAnother).rejects.toThrow('STATE_CONFLICT');
    expect(await balanceOf(account)).toBe(0n);
  });

  it('is made once also where 20 make it at the same moment', async () => {
    const account = await accountWith('10.00');
    const id = await lastEntryOf(account);
    const answers = await Promise.all(Array.from({ length: 20 }, () => correct(id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 19 }, () => 200), 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await balanceOf(account)).toBe(0n);
  });

  it('can be corrected itself, which brings back what it took, and so on', async () => {
    const account = await accountWith('10.00');
    let id = await lastEntryOf(account);
    for (const balance of [0n, 1000n, 0n, 1000n]) {
      const { status, body } = await correct(id);
      expect([status, await balanceOf(account)]).toEqual([201, balance]);
      id = body.id;
    }
  });

  it.each([
    ['ru', 'Деньги этой проводки клиент уже потратил: на счёте их недостаточно.'],
    ['kk', 'Клиент бұл жазбаның ақшасын жұмсап қойған: шотта қаражат жеткіліксіз.'],
  ])('of a deposit whose money is spent is refused, and nothing is written (%s)', async (locale, detail) => {
    const account = await accountWith('10.00');
    const id = await lastEntryOf(account);
    await post('PAYMENT', randomUUID(), account, IN_TRANSIT, 1);
    const before = await entries();
    const answer = await correct(id, 'counted twice', { 'accept-language': locale });
    expect(answer).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT', detail } });
    expect([await entries(), await balanceOf(account)]).toEqual([before, 999n]);
    const audit = await database.query('select 1 from access_audit where subject = $1', [id]);
    expect(audit).toEqual([]);
  });

  it('that would make more of a balance than an amount can be is refused', async () => {
    const account = await accountWith('10.00');
    const { body } = await correct(await lastEntryOf(account));
    await ledger.deposit(account, Money.ofTiyn(MAX_TIYN), 'all there is');
    expect(await correct(body.id)).toMatchObject({ status: 422, body: { code: 'LIMIT_EXCEEDED' } });
    expect(await balanceOf(account)).toBe(MAX_TIYN);
  });

  it('of a fee, a difference, a netting or a payout takes it off the books, and what they are about shows both', async () => {
    for (const [purpose, debit, credit] of [
      ['FEE', FEES, PAYABLE_TO_KASPI],
      ['DIFFERENCE', DIFFERENCES, PAYABLE_TO_KASPI],
      ['NETTING', PAYABLE_TO_KASPI, RECEIVABLE_FROM_KASPI],
      ['PAYOUT', PAYABLE_TO_KASPI, BANK],
      ['PAYOUT', BANK, PAYABLE_TO_KASPI],
    ] as const) {
      const reference = randomUUID();
      const balances = () => Promise.all([debit, credit].map(balanceOf));
      const before = await balances();
      const id = await post(purpose, reference, debit, credit, 500);
      expect(await balances()).not.toEqual(before);
      expect((await correct(id)).status).toBe(201);
      expect(await balances()).toEqual(before);
      expect(await ledger.entriesAbout(reference)).toMatchObject([{ purpose }, { purpose: 'CORRECTION' }]);
      await expect(post(purpose, reference, debit, credit, 500)).rejects.toThrow('ledger_entries_once');
    }
  });

  it('of a deposit is not shown with a payment of the same reference', async () => {
    const account = await accountWith('10.00');
    const reference = randomUUID();
    await ledger.deposit(account, Money.parse('1.00'), reference);
    const { body } = await correct(await lastEntryOf(account));
    await correct(body.id);
    await post('PAYMENT', reference, account, IN_TRANSIT, 100);
    expect(await ledger.entriesAbout(reference)).toMatchObject([{ purpose: 'PAYMENT' }]);
  });

  it.each([
    ['999999999999', 404],
    ['0', 404],
    ['1e3', 404],
    ['none', 404],
  ])('of entry %s is %s', async (id, status) => {
    expect(await correct(id)).toMatchObject({ status, body: { code: 'NOT_FOUND' } });
  });

  it.each(['', '  ', 'ab', 'a\u0000bc', 'x'.repeat(501)])('for the reason %j is 400', async (reason) => {
    expect(await correct(await lastEntryOf(await accountWith('1.00')), reason)).toMatchObject({ status: 400 });
  });
});

describe('entries that follow a payment or a refund', () => {
  it('are not corrected, neither by the API nor in SQL', async () => {
    const account = await accountWith('100.00');
    const [settled, reversed, refund] = [randomUUID(), randomUUID(), randomUUID()];
    const ids = [
      await post('PAYMENT', settled, account, IN_TRANSIT, 100),
      await post('SETTLEMENT', settled, IN_TRANSIT, PAYABLE_TO_KASPI, 100),
      await post('PAYMENT', reversed, account, IN_TRANSIT, 100),
      await post('REVERSAL', reversed, IN_TRANSIT, account, 100),
      await post('REFUND', refund, RECEIVABLE_FROM_KASPI, REFUNDS_IN_SUSPENSE, 100),
      await post('REFUND_RELEASE', refund, REFUNDS_IN_SUSPENSE, account, 100),
    ];
    const before = await entries();
    for (const id of ids) {
      expect(await correct(id)).toMatchObject({
        status: 409,
        body: { detail: 'Эта проводка следует за платежом или возвратом и отдельно от него не исправляется.' },
      });
      await expect(mirrored(id)).rejects.toThrow('CORRECTION of this amount cannot be posted');
    }
    expect(await entries()).toBe(before);
  });
});

/** The mirror image of an entry by raw SQL, with whatever is to be different. */
async function mirrored(id: string, different: Record<string, string> = {}): Promise<unknown> {
  const columns = {
    purpose: "'CORRECTION'",
    reference: 'reference',
    debit_account_id: 'credit_account_id',
    credit_account_id: 'debit_account_id',
    amount: 'amount',
    booked_at: 'now()',
    corrects: 'id',
    reason: "'r'",
    operator: "'o'",
    ...different,
  };
  const sql = `insert into ledger_entries (${Object.keys(columns)}) select ${Object.values(columns)} from ledger_entries where id = $1`;
  return server.app.get(Database).query(sql, [id]);
}

describe('the database itself refuses', () => {
  it.each([
    ['a correction of another amount', { amount: 'amount - 1' }, 'correction_parties'],
    ['one of another account', { credit_account_id: `'${DIFFERENCES}'` }, 'correction_parties'],
    [
      'one that does not turn its entry round',
      { debit_account_id: 'debit_account_id', credit_account_id: 'credit_account_id' },
      'correction_parties',
    ],
    ['one with another reference', { reference: "reference || '.'" }, 'correction_parties'],
    ['one of an entry that there is not', { corrects: '-1' }, 'correction_parties'],
    ['one without its entry', { corrects: 'null' }, 'ledger_entries_explained'],
    ['one without a reason', { reason: 'null' }, 'ledger_entries_explained'],
    ['one with an empty reason', { reason: "''" }, 'ledger_entries_explained'],
    ['one without an operator', { operator: 'null' }, 'ledger_entries_explained'],
    ['a reason of what is none', { purpose: "'DEPOSIT'" }, 'ledger_entries_explained'],
  ])('%s', async (_, different, constraint) => {
    const id = await lastEntryOf(await accountWith('10.00'));
    await expect(mirrored(id, different as Record<string, string>)).rejects.toMatchObject({
      constraint: expect.stringContaining(constraint),
    });
    await mirrored(id);
    await expect(mirrored(id)).rejects.toMatchObject({ constraint: 'ledger_entries_once' });
  });

  const own = () => accountWith('100.00');
  it.each<[EntryPurpose, string, () => Promise<[AccountId, AccountId]>]>([
    ['DEPOSIT', 'from in transit', async () => [IN_TRANSIT, await own()]],
    ['DEPOSIT', 'to Kaspi', async () => [FUNDING, PAYABLE_TO_KASPI]],
    ['DEPOSIT', 'to an account at the bank’s core', async () => [FUNDING, await mirror()]],
    ['PAYMENT', 'to Kaspi at once', async () => [await own(), PAYABLE_TO_KASPI]],
    ['PAYMENT', 'to another customer', async () => [await own(), await own()]],
    ['PAYMENT', 'from funding', async () => [FUNDING, IN_TRANSIT]],
    ['SETTLEMENT', 'without its payment', async () => [IN_TRANSIT, PAYABLE_TO_KASPI]],
    ['REVERSAL', 'without its payment', async () => [IN_TRANSIT, await own()]],
    ['FEE', 'from a customer', async () => [await own(), PAYABLE_TO_KASPI]],
    ['FEE', 'to in transit', async () => [FEES, IN_TRANSIT]],
    ['NETTING', 'the other way round', async () => [RECEIVABLE_FROM_KASPI, PAYABLE_TO_KASPI]],
    ['NETTING', 'of what a customer has', async () => [await own(), RECEIVABLE_FROM_KASPI]],
    ['PAYOUT', 'of what a customer has', async () => [await own(), BANK]],
    ['PAYOUT', 'to a customer', async () => [BANK, await own()]],
    ['PAYOUT', 'of what is in transit', async () => [IN_TRANSIT, BANK]],
    ['PAYOUT', 'of a fee past what is payable', async () => [FEES, BANK]],
  ])('a %s %s', async (purpose, _, parties) => {
    const [debit, credit] = await parties();
    await expect(post(purpose, randomUUID(), debit, credit, 100)).rejects.toMatchObject({
      constraint: `ledger_entries_${purpose.toLowerCase()}_parties`,
    });
  });

  it('an end of a payment that is not of its amount, or gives back to somebody else', async () => {
    const [account, other] = [await own(), await own()];
    const id = randomUUID();
    await post('PAYMENT', id, account, IN_TRANSIT, 100);
    await expect(post('SETTLEMENT', id, IN_TRANSIT, PAYABLE_TO_KASPI, 99)).rejects.toThrow('SETTLEMENT of this amount');
    await expect(post('SETTLEMENT', id, IN_TRANSIT, DIFFERENCES, 100)).rejects.toThrow('SETTLEMENT of this amount');
    await expect(post('REVERSAL', id, IN_TRANSIT, account, 101)).rejects.toThrow('REVERSAL of this amount');
    await expect(post('REVERSAL', id, IN_TRANSIT, other, 100)).rejects.toThrow('REVERSAL of this amount');
    await expect(post('REVERSAL', id, PAYABLE_TO_KASPI, account, 100)).rejects.toThrow('REVERSAL of this amount');
    await post('REVERSAL', id, IN_TRANSIT, account, 100);
    expect(await balanceOf(account)).toBe(10_000n);
  });
});

async function mirror(customer = `C${++customers}`, core = 'KZ01', id: string = randomUUID()): Promise<AccountId> {
  const [row] = await database.query<{ id: AccountId }>(
    "select ledger_mirror_account($1, $2, $3, 'счёт в банке', now()) as id",
    [id, customer, core],
  );
  return row?.id as AccountId;
}

describe('the mirror of an account at the bank’s core', () => {
  it('is opened once for a customer and their account there, also where many open it at once', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => mirror('M1', 'KZ01')));
    expect(new Set(ids).size).toBe(1);
    expect(await mirror('M1', 'KZ02')).not.toBe(ids[0]);
    expect(await mirror('M2', 'KZ01')).not.toBe(ids[0]);
  });

  it('is not opened under an id that is another account’s', async () => {
    const account = await accountWith('0.00');
    await expect(mirror('M3', 'KZ01', account)).rejects.toThrow('belongs to another customer');
  });

  it('shows what was moved on it through us: below zero after a payment, nothing after its reversal', async () => {
    const account = await mirror();
    const id = randomUUID();
    await post('PAYMENT', id, account, IN_TRANSIT, 700);
    const token = await server.mpp.teamToken('accounting');
    const shown = async () => (await server.mpp.call('GET', `/ops/v1/ledger/accounts/${account}`, { token })).body;
    expect(await shown()).toMatchObject({ kind: 'CORE_CUSTOMER', balance: '-7.00', normalSide: 'CREDIT' });
    expect(await server.mpp.trialBalance()).toMatchObject({ balanced: true });
    await post('REVERSAL', id, IN_TRANSIT, account, 700);
    expect(await shown()).toMatchObject({ balance: '0.00' });
  });

  it('is none of the accounts that a customer pays from at the own ledger', async () => {
    await mirror('M4', 'KZ01');
    expect(await ledger.accountsOf('M4' as CustomerId)).toEqual([]);
    expect(await database.query("select * from ledger_paying_account('M4', null)")).toEqual([]);
  });

  it.each([
    ['an account of the own ledger with an account there', "'CUSTOMER', 'M5', 'KZ01', 0", 'ledger_accounts_core'],
    ['a mirror of no account', "'CORE_CUSTOMER', 'M5', null, 0", 'ledger_accounts_core'],
    ['a mirror of nobody’s', "'CORE_CUSTOMER', null, 'KZ01', 0", 'ledger_accounts_customer'],
    ['a shared account of a customer', "'FEES', 'M5', null, null", 'ledger_accounts_(customer|shared)'],
    ['a second shared account', "'FEES', null, null, null", 'ledger_accounts_shared'],
  ])('there is no %s', async (_, values, constraint) => {
    const insert = `insert into ledger_accounts (id, kind, customer_id, core_account, balance, name, created_at)
      values (gen_random_uuid(), ${values}, 'n', now())`;
    await expect(database.query(insert)).rejects.toMatchObject({ constraint: expect.stringMatching(constraint) });
  });

  it('keeps whose it is', async () => {
    const account = await mirror();
    for (const change of ["core_account = 'KZ09'", "customer_id = 'thief'"])
      await expect(database.query(`update ledger_accounts set ${change} where id = $1`, [account])).rejects.toThrow(
        'the owner of an account cannot change',
      );
  });
});
