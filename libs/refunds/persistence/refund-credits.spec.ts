import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import { CREDITED, NOW, refundRows, SUSPENDED } from '../../../test/support/refund-rows.js';

const { FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES, RECEIVABLE_FROM_KASPI, REFUNDS_IN_SUSPENSE } =
  SHARED_ACCOUNTS;
const DECIDED = /a decision cannot change/;
const CREDIT = 'refunds_credited_in_journal';

const rows = refundRows();
const { open, paid, rowFor, insert, change, raise, post, accepted, credited, suspended, expectRefused, expectTaken } =
  rows;
beforeAll(() => rows.start());
afterAll(() => rows.stop());

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
    const credit = () => change(id, { ...CREDITED, credited_account_id: bought.account });
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
        await credit();
      }, CREDIT);
    }
    // An entry with another purpose is not a refund.
    await expectRefused(async () => {
      await post('DEPOSIT', id, FUNDING, bought.account, 3000);
      await credit();
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

  it('of a confirmed payment cannot be settled against a reversal while its customer has not the money', async () => {
    const bought = await paid('CONFIRMED');
    const columns = rowFor(bought, 3000, CREDITED);
    const amount = Number(bought.payment.amount?.tiyn);
    const settle = async () => {
      await insert(columns);
      await raise(bought, 3000);
      await post('REFUND', String(columns.id), RECEIVABLE_FROM_KASPI, DIFFERENCES, 3000);
    };
    await expectRefused(async () => {
      await post('DEPOSIT', String(columns.id), FUNDING, bought.account, amount);
      await post('PAYMENT', bought.payment.id, bought.account, IN_TRANSIT, amount);
      await settle();
    }, CREDIT);
    // Nothing is left of what its customer paid.
    await expectTaken(settle);
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
