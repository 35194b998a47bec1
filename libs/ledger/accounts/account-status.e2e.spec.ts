import { describe, expect, it } from '@jest/globals';
import { LedgerFixture, MISSING_ACCOUNT, paymentEntry } from '../../../test/support/ledger-fixture.js';
import { expectProblem, type Problem } from '../../../test/support/problems.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';

const { FUNDING, IN_TRANSIT, RECEIVABLE_FROM_KASPI } = SHARED_ACCOUNTS;
const fixture = new LedgerFixture();

describe('an operator changes the status of an account', () => {
  const change = async (id: string, status: string, role = 'operations', reason = 'order 17') =>
    fixture.server.mpp.call<Problem & { status: never }>('PATCH', `/ops/v1/accounts/${id}`, {
      token: await fixture.server.mpp.teamToken(role),
      body: { status, reason },
    });
  const audit = (id: string) =>
    fixture.database.query('select action, customer_id, reason, details from access_audit where subject = $1', [id]);
  const statusOf = async (id: string) =>
    (await fixture.database.query('select status from ledger_accounts where id = $1', [id]))[0]?.status;

  it('to BLOCKED, CLOSED and OPEN again, each recorded; the status that it has already changes nothing', async () => {
    const id = await fixture.openAccount();
    for (const status of ['BLOCKED', 'BLOCKED', 'CLOSED', 'OPEN']) {
      expect(await change(id, status)).toMatchObject({
        status: 200,
        body: { id, kind: 'CUSTOMER', status, balance: '0.00', customerId: fixture.lastCustomer },
      });
    }
    const line = (before: string, after: string) => ({
      ...{ action: 'ACCOUNT_STATUS_CHANGED', customer_id: fixture.lastCustomer, reason: 'order 17' },
      details: { before, after },
    });
    expect(await audit(id)).toEqual([line('OPEN', 'BLOCKED'), line('BLOCKED', 'CLOSED'), line('CLOSED', 'OPEN')]);
  });

  it('not to CLOSED while it has a balance: 409, and nothing is recorded; it can be blocked', async () => {
    const id = await fixture.openAccount('0.01');
    expectProblem(await change(id, 'CLOSED'), 409, 'ACCOUNT_NOT_EMPTY');
    expect([await statusOf(id), await audit(id)]).toEqual(['OPEN', []]);
    expect(await change(id, 'BLOCKED')).toMatchObject({ status: 200, body: { balance: '0.01' } });
    expectProblem(await change(id, 'CLOSED'), 409, 'ACCOUNT_NOT_EMPTY');
  });

  it('of a customer only: 404 for an unknown one, a shared one and other text', async () => {
    for (const id of [MISSING_ACCOUNT, FUNDING, 'main']) expectProblem(await change(id, 'BLOCKED'), 404, 'NOT_FOUND');
  });

  it('not of an account at the bank’s core: 409', async () => {
    const mirror = await fixture.openMirror();
    expectProblem(await change(mirror, 'BLOCKED'), 409, 'STATE_CONFLICT');
    expect(await statusOf(mirror)).toBe('OPEN');
  });

  it('with a status of the three and a reason, as operations: else 400 or 403', async () => {
    const id = await fixture.openAccount();
    expectProblem(await change(id, 'FROZEN'), 400, 'VALIDATION_FAILED');
    expectProblem(await change(id, 'BLOCKED', 'operations', ' '), 400, 'VALIDATION_FAILED');
    for (const role of ['accounting', 'support']) expectProblem(await change(id, 'BLOCKED', role), 403, 'FORBIDDEN');
    expect(await statusOf(id)).toBe('OPEN');
  });

  it('to CLOSED, or a deposit arrives first: of both at the same moment one is done', async () => {
    for (let n = 0; n < 5; n++) {
      const id = await fixture.openAccount();
      const deposit = { amount: '5.00', reference: 'salary' };
      const [closed, deposited] = await Promise.all([
        change(id, 'CLOSED'),
        fixture.call<Problem>('POST', `accounts/${id}/deposits`, deposit),
      ]);
      const outcome = [closed.status, deposited.status, await statusOf(id), await fixture.storedBalance(id)];
      expect([
        [200, 422, 'CLOSED', '0.00'],
        [409, 200, 'OPEN', '5.00'],
      ]).toContainEqual(outcome);
    }
  });
});

describe('in the database, an account of the own ledger that is', () => {
  const REFUSED = { constraint: 'ledger_accounts_open' };
  const withStatus = async (status: string) => {
    const id = await fixture.openAccount('10.00');
    await fixture.database.query('update ledger_accounts set status = $2 where id = $1', [id, status]);
    return id;
  };

  it.each(['BLOCKED', 'CLOSED'])('%s is not debited by a payment nor credited by a refund', async (status) => {
    const id = await withStatus(status);
    await expect(fixture.post(paymentEntry(`p-${id}`, id, '1.00'))).rejects.toMatchObject(REFUSED);
    await expect(fixture.postInSql('REFUND', `r-${id}`, RECEIVABLE_FROM_KASPI, id, 100)).rejects.toMatchObject(REFUSED);
    expect(await fixture.storedBalance(id)).toBe('10.00');
  });

  it.each(['BLOCKED', 'CLOSED'])(
    '%s does not get a debit back: it goes to another account, or waits',
    async (status) => {
      const id = await fixture.openAccount('10.00');
      const other = (await fixture.customerAccounts.openAccount(fixture.lastCustomer, 'Второй')).id;
      const stranger = await fixture.openAccount();
      await fixture.post(paymentEntry(`v-${id}`, id, '1.00'));
      await fixture.database.query('update ledger_accounts set status = $2 where id = $1', [id, status]);
      const giveBack = (credit: typeof id) => fixture.postInSql('REVERSAL', `v-${id}`, IN_TRANSIT, credit, 100);
      await expect(giveBack(id)).rejects.toMatchObject(REFUSED);
      await expect(giveBack(stranger)).rejects.toMatchObject({ constraint: 'ledger_entries_reversal_parties' });
      await giveBack(other);
      expect([await fixture.storedBalance(id), await fixture.storedBalance(other)]).toEqual(['9.00', '1.00']);
    },
  );

  it('CLOSED takes no deposit: 422 with the reason; one that was posted before is answered as before', async () => {
    const id = await fixture.openAccount('10.00');
    await fixture.database.query(`update ledger_accounts set status = 'CLOSED' where id = $1`, [id]);
    const deposit = (reference: string) =>
      fixture.call<Problem>('POST', `accounts/${id}/deposits`, { amount: '10.00', reference });
    expectProblem(await deposit('new'), 422, 'ACCOUNT_UNUSABLE');
    expect(await deposit('opening')).toMatchObject({ status: 200, body: { balance: '10.00' } });
  });

  it('BLOCKED takes deposits', async () => {
    const id = await withStatus('BLOCKED');
    const body = { amount: '1.00', reference: 'cash' };
    expect(await fixture.call('POST', `accounts/${id}/deposits`, body)).toMatchObject({ body: { balance: '11.00' } });
  });

  it('CLOSED is not credited by the correction of a correction: 409', async () => {
    const id = await fixture.openAccount('10.00');
    const correct = async () =>
      fixture.call<Problem>('POST', `ledger/entries/${await fixture.lastEntryOf(id)}/correction`, { reason: 'twice' });
    expect((await correct()).status).toBe(201);
    await fixture.database.query(`update ledger_accounts set status = 'CLOSED' where id = $1`, [id]);
    expectProblem(await correct(), 409, 'STATE_CONFLICT');
    expect(await fixture.storedBalance(id)).toBe('0.00');
  });
});

describe('in the database, a debit in suspense (REVERSALS_IN_SUSPENSE)', () => {
  const { REVERSALS_IN_SUSPENSE, REFUNDS_IN_SUSPENSE } = SHARED_ACCOUNTS;

  it('was in transit with this amount, and leaves once, to an account of the customer who was debited', async () => {
    const id = await fixture.openAccount('10.00');
    const reference = `s-${id}`;
    const into = (tiyn: number, to = REVERSALS_IN_SUSPENSE) =>
      fixture.postInSql('REVERSAL', reference, IN_TRANSIT, to, tiyn);
    const release = (credit: typeof id, tiyn = 100, from = REVERSALS_IN_SUSPENSE) =>
      fixture.postInSql('REVERSAL_RELEASE', reference, from, credit, tiyn);
    await expect(into(100)).rejects.toMatchObject({ constraint: 'ledger_entries_reversal_parties' });
    await fixture.post(paymentEntry(reference, id, '1.00'));
    await expect(into(99)).rejects.toMatchObject({ constraint: 'ledger_entries_reversal_parties' });
    await expect(into(100, REFUNDS_IN_SUSPENSE)).rejects.toMatchObject({
      constraint: 'ledger_entries_reversal_parties',
    });
    await expect(release(id)).rejects.toMatchObject({ constraint: 'ledger_entries_release_of_suspense' });
    await into(100);
    await expect(into(100)).rejects.toMatchObject({ constraint: 'ledger_entries_one_end' });
    const other = (await fixture.customerAccounts.openAccount(fixture.lastCustomer, 'Второй')).id;
    const mirror = await fixture.openMirror(fixture.lastCustomer);
    const stranger = await fixture.openAccount();
    for (const credit of [stranger, mirror]) {
      await expect(release(credit)).rejects.toMatchObject({ constraint: 'ledger_entries_release_of_suspense' });
    }
    await expect(release(other, 99)).rejects.toMatchObject({ constraint: 'ledger_entries_release_of_suspense' });
    await expect(release(other, 100, REFUNDS_IN_SUSPENSE)).rejects.toMatchObject({
      constraint: 'ledger_entries_release_parties',
    });
    await release(other);
    await expect(release(id)).rejects.toMatchObject({ constraint: 'ledger_entries_one_release' });
    expect([await fixture.storedBalance(id), await fixture.storedBalance(other)]).toEqual(['9.00', '1.00']);
  });
});

it('the books balance after all these tests', async () => {
  expect((await fixture.server.mpp.trialBalance()).balanced).toBe(true);
});
