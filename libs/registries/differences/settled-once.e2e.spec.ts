import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DifferencesFixture, REASON } from '../../../test/support/differences-fixture.js';
import { Mpp, startTestServer, type TestServer } from '../../../test/support/mpp.js';

let fixture: DifferencesFixture;
let second: TestServer;

beforeAll(async () => {
  fixture = await DifferencesFixture.start();
  const { database, kaspi, clock } = fixture.registries;
  const env = { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, BACKGROUND_WORK: 'off' };
  second = await startTestServer(env, clock);
});

beforeEach(() => fixture.beginDay());

afterAll(async () => {
  await second.stop();
  await fixture.stop();
});

let operations = 300_000;

/** Calls from both processes in turn, all at the same moment. */
async function fromBoth(ids: readonly string[], bodies: readonly object[]) {
  const clients = [fixture.registries.server.mpp, new Mpp(second.publicUrl)];
  const tokens = await Promise.all(clients.map((client) => client.teamToken('accounting')));
  return Promise.all(
    bodies.map((body, index) =>
      (clients[index % 2] as Mpp).call<{ detail?: string }>(
        'POST',
        `/ops/v1/discrepancies/${ids[index % ids.length]}/settle`,
        { token: tokens[index % 2] as string, body },
      ),
    ),
  );
}

describe('A discrepancy is ended once', () => {
  it('by the same call of two operators on two processes at the same moment: every answer is 200, one debit is booked', async () => {
    const account = await fixture.registries.server.mpp.open('900101', '2000.00');
    const row = fixture.unknownRow({ kaspiOperationId: `QR${++operations}`, customerId: '900101' });
    const { id } = await fixture.listOne('MISSING_AT_MPP', row);
    const body = { action: 'TAKE_UP', accountId: account, reason: REASON };
    const answers = await fromBoth(
      [id],
      Array.from({ length: 12 }, () => body),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await fixture.balanceOf('900101')).toBe('1300.00');
    const audit = await fixture.registries.database.query(
      `select details ->> 'debit' as debit from access_audit where action = 'DISCREPANCY_SETTLED' and subject = $1`,
      [id],
    );
    expect(audit).toEqual([{ debit: '700.00' }]);
    await fixture.expectEnded();
  });

  it('by two different decisions at the same moment: one is booked, the other is answered with 409', async () => {
    const listed = await fixture.pay();
    const payment = await fixture.pay();
    const { id } = await fixture.listOne('MISSING_AT_KASPI', fixture.row(listed));
    const answers = await fromBoth(
      [id],
      [
        { action: 'GIVE_BACK', reason: REASON },
        { action: 'BOOK_DIFFERENCE', reason: REASON },
      ],
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const givenBack = answers[0]?.status === 200;
    expect(await fixture.balanceOf(payment.customerId)).toBe(givenBack ? '1000.00' : '0.00');
    await fixture.expectEnded();
  });

  it('in two registries that list the same operation at the same moment: it is taken up once', async () => {
    const row = fixture.unknownRow({ kaspiOperationId: `QR${++operations}` });
    const first = await fixture.listOne('MISSING_AT_MPP', row);
    const payment = await fixture.pay({ at: fixture.at('15:00:00') });
    const other = await fixture.listOne('MISSING_AT_MPP', row, fixture.row(payment));
    const body = { action: 'TAKE_UP', reason: REASON };
    const answers = await fromBoth([first.id, other.id], [body, body]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    await fixture.expectEnded();
  });

  it('in two registries that list an operation without Kaspi’s id at the same moment: the customer is debited once', async () => {
    const account = await fixture.registries.server.mpp.open('900451', '5000.00');
    const { kaspiOperationId: _, ...row } = fixture.unknownRow({ kaspiOperationId: '', customerId: '900451' });
    const another = fixture.row(await fixture.pay());
    const lists = [await fixture.list(row), await fixture.list(row, another)];
    const found = lists.map((list) => list.find(({ kind }) => kind === 'MISSING_AT_MPP') ?? { id: '' });
    const answers = await Promise.all(found.map((each) => fixture.settle(each, 'TAKE_UP', account)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(await fixture.balanceOf('900451')).toBe('4300.00');
  });

  it('whatever is repeated later: the same call is 200 with what stands, another action, reason or account 409', async () => {
    const listed = await fixture.pay();
    const payment = await fixture.pay();
    const discrepancy = await fixture.listOne('MISSING_AT_KASPI', fixture.row(listed));
    const first = await fixture.settled(discrepancy, 'GIVE_BACK');
    expect(await fixture.settled(discrepancy, 'GIVE_BACK')).toEqual(first);
    const account = await fixture.accountOf(payment.customerId);
    for (const answer of [
      await fixture.settle(discrepancy, 'BOOK_DIFFERENCE'),
      await fixture.settle(discrepancy, 'GIVE_BACK', undefined, 'another reason'),
      await fixture.settle(discrepancy, 'GIVE_BACK', account),
    ]) {
      expect(answer).toMatchObject({ status: 409, body: { detail: 'Это расхождение уже закрыто, и иначе.' } });
    }
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    await fixture.expectEnded();
  });

  it('and can be ended anew after its entries are corrected and it is opened again', async () => {
    const listed = await fixture.pay();
    const payment = await fixture.pay();
    const discrepancy = await fixture.listOne('MISSING_AT_KASPI', fixture.row(listed));
    await fixture.settled(discrepancy, 'BOOK_DIFFERENCE');
    const [entry] = await fixture.registries.database.query<{ id: string }>(
      `select id from ledger_entries where reference = $1 and purpose = 'DIFFERENCE'`,
      [payment.id],
    );
    const correction = { reason: 'the customer must get it back' };
    const corrected = await fixture.registries.send('POST', `ledger/entries/${entry?.id}/correction`, correction);
    expect(corrected.status).toBe(201);
    expect((await fixture.day()).agrees).toBe(false);
    await fixture.registries.send('PATCH', `discrepancies/${discrepancy.id}`, { status: 'OPEN' });
    await fixture.settled(discrepancy, 'GIVE_BACK');
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    // What was corrected cannot be brought back now: the amount would be taken off twice.
    const back = await fixture.registries.send('POST', `ledger/entries/${corrected.body.id}/correction`, correction);
    expect(back.status).toBe(409);
    await fixture.expectEnded();
  });

  it('only if it exists: 404, an unknown action 400, and an open one that no longer differs 409', async () => {
    expect((await fixture.settle({ id: '999999' }, 'EXPLAIN')).status).toBe(404);
    const listed = await fixture.pay();
    const payment = await fixture.pay();
    const discrepancy = await fixture.listOne('MISSING_AT_KASPI', fixture.row(listed));
    expect((await fixture.settle(discrepancy, 'FORGET')).status).toBe(400);
    await fixture.list(fixture.row(listed), fixture.row(payment));
    expect(await fixture.settle(discrepancy, 'GIVE_BACK')).toMatchObject({ status: 409 });
    expect(await fixture.balanceOf(payment.customerId)).toBe('0.00');
    await fixture.expectEnded();
  });
});
