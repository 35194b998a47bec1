import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { addMilliseconds } from '@mpp/kernel';
import { held, refuses } from '../../../test/support/core-peer.js';
import { CoreWorld, LEASE_OVER_MS, NEXT_REPEAT_MS } from '../../../test/support/core-world.js';
import { refusal } from '../../../test/support/kaspi-peer.js';
import type { TestServer } from '../../../test/support/mpp.js';
import { openReservation } from '../../../test/support/open-reservation.js';

const TOPICS = ['coreDebit', 'coreReversal', 'notifyPayment'];

let world: CoreWorld;
let other: TestServer;

beforeAll(async () => {
  world = await CoreWorld.start();
  other = await world.startServer();
});
afterAll(() => world.stop());
afterEach(() => {
  jest.restoreAllMocks();
  world.reset();
});

/** Paid, and confirmed by the PS. */
async function expectPaid(id: string, account: string): Promise<void> {
  expect(await world.status(id)).toBe('CONFIRMED');
  expect(await world.journal(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
  expect(world.told(id)).toEqual(['SUCCESS']);
  expect(world.core.change(account)).toBe(-10_000n);
}

/** The customer has the whole amount, and the PS knows that there was no purchase. */
async function expectGivenBack(id: string, account: string, journal: string[]): Promise<void> {
  expect(await world.row(id)).toMatchObject({
    status: 'REVERSED',
    failure_code: 'DEBITED_TOO_LATE',
    settled_by: 'DEADLINE',
  });
  expect(await world.journal(id)).toEqual(journal);
  expect(world.told(id)).toEqual(['PROCESS_FAIL']);
  expect(world.core.change(account)).toBe(0n);
}

describe('a debit at the bank’s core', () => {
  it('is requested at once, after it is recorded; the PS gets its outcome', async () => {
    const alia = await world.customer();
    const seen: unknown[] = [];
    world.core.plan('debit', async ({ operationId }) => {
      seen.push(await world.operations(String(operationId)), await world.journal(String(operationId)));
      return 'as it should' as const;
    });
    const id = await world.debiting(alia);
    await world.quiet();
    expect(seen).toEqual([['DEBIT REQUESTED'], []]);
    expect(world.asked()).toEqual(['accounts', 'debit']);
    await expectPaid(id, alia.account);
    expect(await world.operations(id)).toEqual(['DEBIT DONE']);
  });

  it('without an answer is inquired about, and requested again with the same body', async () => {
    const alia = await world.customer();
    world.core.plan('debit', 'reset');
    const id = await world.debiting(alia);
    await world.quiet();
    expect(await world.status(id)).toBe('DEBITING');
    expect(world.told(id)).toEqual([]);
    await world.repeat();
    expect(world.asked()).toEqual(['accounts', 'debit', 'outcome', 'debit']);
    const [first, second] = world.core.of('debit');
    expect(second).toEqual(first);
    await expectPaid(id, alia.account);
  });

  it('whose answer was lost is found by the inquiry and not requested again', async () => {
    const alia = await world.customer();
    world.core.plan('debit', 'lost');
    const id = await world.debiting(alia);
    await world.quiet();
    await world.repeat();
    expect(world.asked()).toEqual(['accounts', 'debit', 'outcome']);
    await expectPaid(id, alia.account);
  });

  it('is requested again if the inquiry has no answer either: it is made once under its id', async () => {
    const alia = await world.customer();
    world.core.plan('debit', 'lost', 'lost');
    world.core.plan('outcome', { status: 500, text: '' }, 'reset');
    const id = await world.debiting(alia);
    await world.quiet();
    for (let repeats = 0; repeats < 2; repeats++) await world.repeat();
    expect(world.asked()).toEqual(['accounts', 'debit', 'outcome', 'debit', 'outcome', 'debit']);
    await expectPaid(id, alia.account);
  });

  it.each<[string, () => void]>([
    ['at once', () => world.core.plan('debit', refuses('INSUFFICIENT_FUNDS'))],
    [
      'at the second time',
      () => {
        world.core.plan('debit', 'reset');
        world.core.plan('outcome', refuses('INSUFFICIENT_FUNDS'));
      },
    ],
  ])(
    'that is refused %s is DECLINED, the PS gets PROCESS_FAIL, and another customer may pay (R15, R33)',
    async (_, plan) => {
      const [alia, bekzat] = [await world.customer(), await world.customer()];
      plan();
      const id = await world.debiting(alia);
      await world.quiet();
      await world.repeat();
      expect(await world.row(id)).toMatchObject({ status: 'DECLINED', failure_code: 'INSUFFICIENT_FUNDS' });
      expect(world.told(id)).toEqual(['PROCESS_FAIL']);
      expect(await world.operations(id)).toEqual(['DEBIT REFUSED']);
      expect(await world.journal(id)).toEqual([]);
      const purchase = String((await world.row(id)).kaspi_payment_id).replace(/^ps-/, '');
      const second = await world.scanned(bekzat, 60_000, purchase);
      expect((await bekzat.confirm(second)).body.status).toBe('DEBITING');
      await world.quiet();
      await expectPaid(second, bekzat.account);
    },
  );

  it('reserves the purchase while its outcome is unknown (R33)', async () => {
    const [alia, bekzat] = [await world.customer(), await world.customer()];
    world.core.plan('debit', 'reset');
    const id = await world.debiting(alia);
    await world.quiet();
    const purchase = String((await world.row(id)).kaspi_payment_id).replace(/^ps-/, '');
    const second = await world.scanned(bekzat, 60_000, purchase);
    expect(await bekzat.confirm(second)).toMatchObject({ status: 409, body: { code: 'ALREADY_PAID' } });
    await world.repeat();
    await expectPaid(id, alia.account);
    expect(world.core.change(bekzat.account)).toBe(0n);
  });
});

describe('a debit that becomes known', () => {
  /** No lease expires meanwhile. */
  const WITHIN_MS = 5000;

  it.each([
    ['a millisecond before the deadline', WITHIN_MS - 1],
    ['at the deadline', WITHIN_MS],
  ])('%s is notified as SUCCESS (R16)', async (_, after) => {
    const alia = await world.customer();
    const answer = held();
    world.core.plan('debit', answer.plan);
    const id = await world.debiting(alia, WITHIN_MS);
    await answer.arrived;
    world.clock.advance(after);
    answer.release();
    await world.quiet();
    await expectPaid(id, alia.account);
  });

  it('a millisecond after the deadline is reversed, and the PS gets PROCESS_FAIL (R16)', async () => {
    const alia = await world.customer();
    const answer = held();
    world.core.plan('debit', answer.plan);
    const id = await world.debiting(alia, WITHIN_MS);
    await answer.arrived;
    world.clock.advance(WITHIN_MS + 1);
    answer.release();
    await world.quiet();
    await expectGivenBack(id, alia.account, ['PAYMENT', 'REVERSAL']);
    expect(world.asked()).toEqual(['accounts', 'debit', 'reversal']);
    expect(await world.operations(id)).toEqual(['DEBIT DONE', 'REVERSAL DONE']);
  });

  it('by an inquiry after the deadline is reversed too', async () => {
    const alia = await world.customer();
    world.core.plan('debit', 'lost');
    const id = await world.debiting(alia, WITHIN_MS);
    await world.quiet();
    world.clock.advance(WITHIN_MS + 1);
    await world.quiet();
    expect(world.asked()).toEqual(['accounts', 'debit', 'outcome', 'reversal']);
    await expectGivenBack(id, alia.account, ['PAYMENT', 'REVERSAL']);
  });

  it('to be refused after the deadline is DECLINED: there is nothing to reverse', async () => {
    const alia = await world.customer();
    world.core.plan('debit', 'reset');
    world.core.plan('outcome', refuses('ACCOUNT_BLOCKED'));
    const id = await world.debiting(alia, WITHIN_MS);
    await world.quiet();
    world.clock.advance(WITHIN_MS + 1);
    await world.quiet();
    expect(await world.row(id)).toMatchObject({
      status: 'DECLINED',
      failure_code: 'DEBIT_REFUSED',
      debit_requested_at: null,
    });
    expect(world.told(id)).toEqual(['PROCESS_FAIL']);
    expect(await world.operations(id)).toEqual(['DEBIT REFUSED']);
  });
});

describe('a debit whose outcome is unknown at the deadline', () => {
  it.each<[string, () => void]>([
    ['never came to the core', () => world.core.plan('debit', 'reset')],
    [
      'cannot be inquired about',
      () => {
        world.core.plan('debit', 'lost');
        world.core.plan('outcome', 'reset');
      },
    ],
  ])('and that %s is not requested again but reversed, made or not', async (_, plan) => {
    const alia = await world.customer();
    plan();
    const id = await world.debiting(alia);
    await world.quiet();
    world.clock.advance(60_001);
    await world.quiet();
    expect(world.asked()).toEqual(['accounts', 'debit', 'outcome', 'reversal']);
    await expectGivenBack(id, alia.account, []);
    expect(await world.operations(id)).toEqual(['DEBIT ABANDONED', 'REVERSAL DONE']);
    expect((await world.row(id)).debited_at).toBeNull();
  });

  it('is attempted right after the deadline, even if the pause would be longer', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const alia = await world.customer();
    world.core.plan('debit', 'reset', 'reset');
    world.core.plan('outcome', 'reset');
    const id = await world.debiting(alia, 2000 + NEXT_REPEAT_MS / 2);
    const deadline = (await world.row(id)).confirm_until as Date;
    await world.quiet();
    world.clock.advance(2000);
    await world.quiet();
    const [message] = await world.messages(id);
    expect(message).toMatchObject({ attempts: 2, next_attempt_at: addMilliseconds(deadline, 1) });
    world.clock.advance(NEXT_REPEAT_MS / 2 + 1);
    await world.quiet();
    await expectGivenBack(id, alia.account, []);
  });

  it('is refused by the core if it arrives still later: the customer is not debited unnoticed', async () => {
    const alia = await world.customer();
    const onItsWay = held();
    world.core.plan('debit', onItsWay.plan);
    const id = await world.debiting(alia);
    await onItsWay.arrived;
    world.clock.advance(60_001);
    await world.quiet(other);
    expect(await world.status(id)).toBe('REVERSED');
    onItsWay.release();
    await world.quiet();
    await expectGivenBack(id, alia.account, []);
    expect(await world.operations(id)).toEqual(['DEBIT ABANDONED', 'REVERSAL DONE']);
  });
});

describe('two attempts of one debit after the lease of the first expired:', () => {
  async function overtaken(answer: ReturnType<typeof held>) {
    const alia = await world.customer();
    world.core.plan('debit', answer.plan);
    const id = await world.debiting(alia);
    await answer.arrived;
    world.clock.advance(LEASE_OVER_MS);
    return { alia, id };
  }

  it.each([
    ['says the same', 'as it should'],
    ['says nothing', 'reset'],
    ['says nonsense', { status: 500, text: '' }],
  ] as const)('the second settles it, and what the first %s later changes nothing', async (_, late) => {
    const answer = held(late);
    const { alia, id } = await overtaken(answer);
    await world.quiet(other);
    await expectPaid(id, alia.account);
    const before = await world.row(id);
    answer.release();
    await world.quiet();
    expect(await world.row(id)).toEqual(before);
    await expectPaid(id, alia.account);
    expect(await world.messages(id)).toEqual([]);
  });

  it('the first is answered while the second is under way: one of them decides, once', async () => {
    const [first, second] = [held(), held()];
    const { alia, id } = await overtaken(first);
    world.core.plan('outcome', second.plan);
    const done = world.quiet(other);
    await second.arrived;
    first.release();
    await world.outbox().drainOnce();
    second.release();
    await done;
    await world.quiet();
    await expectPaid(id, alia.account);
    expect(await world.operations(id)).toEqual(['DEBIT DONE']);
  });

  it('the first has no answer while the second is under way: the second decides', async () => {
    const [first, second] = [held('reset'), held()];
    const { alia, id } = await overtaken(first);
    world.core.plan('outcome', second.plan);
    const done = world.quiet(other);
    await second.arrived;
    first.release();
    await world.outbox().drainOnce();
    expect((await world.messages(id))[0]).toMatchObject({ attempts: 2, lease: expect.any(String) });
    second.release();
    await done;
    await expectPaid(id, alia.account);
  });
});

describe('an answer to a debit that is being reversed', () => {
  it('changes neither the result for the PS nor the decision; the money is returned once', async () => {
    const alia = await world.customer();
    const answer = held();
    world.core.plan('debit', answer.plan);
    world.core.plan('reversal', 'reset');
    const id = await world.debiting(alia);
    await answer.arrived;
    world.clock.advance(60_001);
    await world.quiet(other);
    const reversing = await world.row(id);
    expect(reversing).toMatchObject({ status: 'REVERSING', notify_result: 'PROCESS_FAIL', debited_at: null });
    // The core makes the debit now: it has received no reversal yet.
    answer.release();
    await world.quiet();
    expect(world.core.change(alia.account)).toBe(-10_000n);
    expect(await world.row(id)).toEqual(reversing);
    expect(await world.operations(id)).toEqual(['DEBIT ABANDONED', 'REVERSAL REQUESTED']);
    await world.repeat();
    await expectGivenBack(id, alia.account, []);
  });
});

describe('a settlement after a deadlock', () => {
  it('is run again from the beginning: one notify, one reversal, and every reserved place is released', async () => {
    // A topic settles one batch at a time: of each batch the first two tries fail and the third succeeds.
    for (const topic of TOPICS) await world.database.query(`create sequence "disturbed_${topic}"`);
    await world.database.query(`
      create function disturb() returns trigger language plpgsql as $$
      begin
        if nextval(format('%I', 'disturbed_' || (select min(topic) from settled))) % 3 <> 0 then
          raise exception 'in the way' using errcode = '40001';
        end if;
        return null;
      end $$`);
    // The last write of a settlement.
    await world.database.query(`
      create trigger disturb after insert on outbox_done referencing new table as settled
        for each statement execute function disturb()`);
    try {
      for (let round = 0; round < 2; round++) {
        const [alia, bekzat] = [await world.customer(), await world.customer()];
        const answer = held();
        world.core.plan('debit', 'as it should', answer.plan);
        const paid = await world.debiting(alia);
        await world.quiet();
        const late = await world.debiting(bekzat);
        await answer.arrived;
        world.clock.advance(60_001);
        answer.release();
        await world.quiet();
        await expectPaid(paid, alia.account);
        await expectGivenBack(late, bekzat.account, ['PAYMENT', 'REVERSAL']);
      }
    } finally {
      await world.database.query('drop trigger disturb on outbox_done');
    }
    for (const topic of TOPICS) {
      const reservations = Array.from({ length: 5 }, () => openReservation(world.outbox(), topic));
      for (const reservation of reservations) reservation.rollBack();
      expect(reservations.filter(({ lease }) => lease !== null)).toHaveLength(4);
    }
  });
});

it('a debit of the core that the PS refuses is reversed once, and both sides agree (R11)', async () => {
  const alia = await world.customer();
  const id = await world.scanned(alia);
  world.kaspi.script = () => refusal('RISK_REJECT');
  await alia.confirm(id);
  await world.quiet();
  expect(await world.row(id)).toMatchObject({ status: 'REVERSED', settled_by: 'KASPI', notify_result: 'SUCCESS' });
  expect(await world.journal(id)).toEqual(['PAYMENT', 'REVERSAL']);
  expect(world.core.change(alia.account)).toBe(0n);
  expect(world.asked()).toEqual(['accounts', 'debit', 'reversal']);
});

it('after all that, the books balance', async () => {
  expect((await world.server.mpp.trialBalance()).balanced).toBe(true);
});
