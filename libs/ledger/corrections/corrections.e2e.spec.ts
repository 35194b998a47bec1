import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { MAX_TIYN, Money } from '@mpp/kernel';
import { LedgerFixture } from '../../../test/support/ledger-fixture.js';
import type { Answer } from '../../../test/support/mpp.js';
import { JournalEntries } from '../books/journal-entries.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';
import { Corrections } from './corrections.service.js';

const { FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES, RECEIVABLE_FROM_KASPI, REFUNDS_IN_SUSPENSE, FEES, BANK } =
  SHARED_ACCOUNTS;
const fixture = new LedgerFixture();

interface EntryBody extends Record<string, unknown> {
  id: string;
  detail?: string;
}

async function correct(
  id: string,
  reason = 'counted twice',
  headers: Record<string, string> = {},
): Promise<Answer<EntryBody>> {
  return fixture.call('POST', `ledger/entries/${id}/correction`, { reason }, headers);
}

const findEntries = (reference: string) => fixture.server.app.get(JournalEntries).findByReferences([reference]);
const countEntries = async () =>
  (await fixture.database.query<{ n: number }>('select count(*)::int as n from ledger_entries'))[0]?.n;

describe('a correction', () => {
  it('is an entry in the opposite direction with reason and operator, and is recorded in the audit trail', async () => {
    const account = await fixture.openAccount();
    await fixture.customerAccounts.postDeposit(account, Money.parse('150.00'), 'cash-desk-17');
    const id = await fixture.lastEntryOf(account);
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
    expect(await fixture.balanceOf(account)).toBe(0n);
    const token = await fixture.server.mpp.teamToken('admin');
    const { body } = await fixture.server.mpp.call<{ items: object[] }>('GET', '/ops/v1/audit?action=ENTRY_CORRECTED', {
      token,
    });
    expect(body.items[0]).toMatchObject({
      subject: id,
      customerId: fixture.lastCustomer,
      reason: 'counted twice',
      details: { purpose: 'DEPOSIT', reference: 'cash-desk-17', correction: answer.body.id },
    });
    expect(await fixture.server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });

  it('of a deposit does not free its reference: the same deposit again changes nothing', async () => {
    const account = await fixture.openAccount();
    await fixture.customerAccounts.postDeposit(account, Money.parse('5.00'), 'used');
    await correct(await fixture.lastEntryOf(account));
    await fixture.customerAccounts.postDeposit(account, Money.parse('5.00'), 'used');
    expect(await fixture.balanceOf(account)).toBe(0n);
    await expect(fixture.customerAccounts.postDeposit(account, Money.parse('6.00'), 'used')).rejects.toThrow(
      'REFERENCE_REUSED',
    );
  });

  it('is posted once: the same request is answered with it, another reason or operator with 409', async () => {
    const account = await fixture.openAccount('10.00');
    const id = await fixture.lastEntryOf(account);
    const first = await correct(id);
    expect(await correct(id)).toEqual({ ...first, status: 200, headers: expect.anything() });
    expect(await correct(id, 'another reason')).toMatchObject({
      status: 409,
      body: { code: 'STATE_CONFLICT', detail: 'Эта проводка уже исправлена.' },
    });
    const byAnother = fixture.server.app
      .get(Corrections)
      .correctEntry({ corrects: id, reason: 'counted twice', operator: 'bekzat' });
    await expect(byAnother).rejects.toThrow('STATE_CONFLICT');
    expect(await fixture.balanceOf(account)).toBe(0n);
  });

  it('is posted once also if 20 requests arrive at the same moment', async () => {
    const account = await fixture.openAccount('10.00');
    const id = await fixture.lastEntryOf(account);
    const answers = await Promise.all(Array.from({ length: 20 }, () => correct(id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 19 }, () => 200), 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await fixture.balanceOf(account)).toBe(0n);
  });

  it('can be corrected itself, which moves the money back, and so on', async () => {
    const account = await fixture.openAccount('10.00');
    let id = await fixture.lastEntryOf(account);
    for (const balance of [0n, 1000n, 0n, 1000n]) {
      const { status, body } = await correct(id);
      expect([status, await fixture.balanceOf(account)]).toEqual([201, balance]);
      id = body.id;
    }
  });

  it.each([
    ['ru', 'Деньги этой проводки клиент уже потратил: на счёте их недостаточно.'],
    ['kk', 'Клиент бұл жазбаның ақшасын жұмсап қойған: шотта қаражат жеткіліксіз.'],
  ])('of a deposit whose money is spent is refused and writes nothing (%s)', async (locale, detail) => {
    const account = await fixture.openAccount('10.00');
    const id = await fixture.lastEntryOf(account);
    await fixture.postInSql('PAYMENT', randomUUID(), account, IN_TRANSIT, 1);
    const before = await countEntries();
    const answer = await correct(id, 'counted twice', { 'accept-language': locale });
    expect(answer).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT', detail } });
    expect([await countEntries(), await fixture.balanceOf(account)]).toEqual([before, 999n]);
    const audit = await fixture.database.query('select 1 from access_audit where subject = $1', [id]);
    expect(audit).toEqual([]);
  });

  it('after which a balance would exceed the largest amount is refused', async () => {
    const account = await fixture.openAccount('10.00');
    const { body } = await correct(await fixture.lastEntryOf(account));
    await fixture.customerAccounts.postDeposit(account, Money.ofTiyn(MAX_TIYN), 'the largest amount');
    expect(await correct(body.id)).toMatchObject({ status: 422, body: { code: 'LIMIT_EXCEEDED' } });
    expect(await fixture.balanceOf(account)).toBe(MAX_TIYN);
  });

  it('of a fee, a difference, a netting or a payout restores the balances, and both entries are found by their reference', async () => {
    for (const [purpose, debit, credit] of [
      ['FEE', FEES, PAYABLE_TO_KASPI],
      ['DIFFERENCE', DIFFERENCES, PAYABLE_TO_KASPI],
      ['NETTING', PAYABLE_TO_KASPI, RECEIVABLE_FROM_KASPI],
      ['PAYOUT', PAYABLE_TO_KASPI, BANK],
      ['PAYOUT', BANK, PAYABLE_TO_KASPI],
    ] as const) {
      const reference = randomUUID();
      const balances = () => Promise.all([debit, credit].map((id) => fixture.balanceOf(id)));
      const before = await balances();
      const id = await fixture.postInSql(purpose, reference, debit, credit, 500);
      expect(await balances()).not.toEqual(before);
      expect((await correct(id)).status).toBe(201);
      expect(await balances()).toEqual(before);
      expect(await findEntries(reference)).toMatchObject([{ purpose }, { purpose: 'CORRECTION' }]);
      // A payment can have several differences.
      const again = fixture.postInSql(purpose, reference, debit, credit, 500);
      if (purpose === 'DIFFERENCE') await again;
      else await expect(again).rejects.toThrow('ledger_entries_once');
    }
  });

  it('of a deposit is not listed with a payment of the same reference', async () => {
    const account = await fixture.openAccount('10.00');
    const reference = randomUUID();
    await fixture.customerAccounts.postDeposit(account, Money.parse('1.00'), reference);
    const { body } = await correct(await fixture.lastEntryOf(account));
    await correct(body.id);
    await fixture.postInSql('PAYMENT', reference, account, IN_TRANSIT, 100);
    expect(await findEntries(reference)).toMatchObject([{ purpose: 'PAYMENT' }]);
  });

  it.each([
    ['999999999999', 404],
    ['0', 404],
    ['1e3', 404],
    ['none', 404],
  ])('of entry %s is answered with %s', async (id, status) => {
    expect(await correct(id)).toMatchObject({ status, body: { code: 'NOT_FOUND' } });
  });

  it.each(['', '  ', 'ab', 'a\u0000bc', 'x'.repeat(501)])('with the reason %j is answered with 400', async (reason) => {
    expect(await correct(await fixture.lastEntryOf(await fixture.openAccount('1.00')), reason)).toMatchObject({
      status: 400,
    });
  });
});

describe('entries of payments and refunds', () => {
  it('cannot be corrected, neither by the API nor in SQL', async () => {
    const account = await fixture.openAccount('100.00');
    const [settled, reversed, refund] = [randomUUID(), randomUUID(), randomUUID()];
    const ids = [
      await fixture.postInSql('PAYMENT', settled, account, IN_TRANSIT, 100),
      await fixture.postInSql('SETTLEMENT', settled, IN_TRANSIT, PAYABLE_TO_KASPI, 100),
      await fixture.postInSql('PAYMENT', reversed, account, IN_TRANSIT, 100),
      await fixture.postInSql('REVERSAL', reversed, IN_TRANSIT, account, 100),
      await fixture.postInSql('REFUND', refund, RECEIVABLE_FROM_KASPI, REFUNDS_IN_SUSPENSE, 100),
      await fixture.postInSql('REFUND_RELEASE', refund, REFUNDS_IN_SUSPENSE, account, 100),
    ];
    const before = await countEntries();
    for (const id of ids) {
      expect(await correct(id)).toMatchObject({
        status: 409,
        body: { detail: 'Эта проводка следует за платежом или возвратом и отдельно от него не исправляется.' },
      });
      await expect(fixture.insertCorrection(id)).rejects.toThrow('CORRECTION of this amount cannot be posted');
    }
    expect(await countEntries()).toBe(before);
  });
});

describe('what moved a customer’s money for a difference', () => {
  it('cannot be corrected, neither by the API nor in SQL: a refund may have been settled against it', async () => {
    const account = await fixture.openAccount('100.00');
    const ids = [
      await fixture.postInSql('DIFFERENCE_DEBIT', randomUUID(), account, DIFFERENCES, 100),
      await fixture.postInSql('DIFFERENCE_CREDIT', randomUUID(), DIFFERENCES, account, 100),
    ];
    const before = await countEntries();
    for (const id of ids) {
      expect(await correct(id)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
      await expect(fixture.insertCorrection(id)).rejects.toThrow('CORRECTION of this amount cannot be posted');
    }
    expect(await countEntries()).toBe(before);
  });
});
