import { describe, expect, it } from '@jest/globals';
import { LEASE_OVER_MS } from '../../../test/support/core-fixture.js';
import { held } from '../../../test/support/core-peer.js';
import { debitFixture } from '../../../test/support/debit-fixture.js';
import { openReservation } from '../../../test/support/open-reservation.js';

const TOPICS = ['coreDebit', 'coreReversal', 'notifyPayment'];

const { context, expectPaid, expectGivenBack } = debitFixture();

describe('two attempts of one debit after the lease of the first expired:', () => {
  async function overtaken(answer: ReturnType<typeof held>) {
    const alia = await context.fixture.customer();
    context.fixture.core.plan('debit', answer.plan);
    const id = await context.fixture.debiting(alia);
    await answer.arrived;
    context.fixture.clock.advance(LEASE_OVER_MS);
    return { alia, id };
  }

  it.each([
    ['answers the same', 'as it should'],
    ['does not answer', 'reset'],
    ['answers without meaning', { status: 500, text: '' }],
  ] as const)('the second settles it, and what the first %s later changes nothing', async (_, late) => {
    const answer = held(late);
    const { alia, id } = await overtaken(answer);
    await context.fixture.quiet(context.other);
    await expectPaid(id, alia.account);
    const before = await context.fixture.row(id);
    answer.release();
    await context.fixture.quiet();
    expect(await context.fixture.row(id)).toEqual(before);
    await expectPaid(id, alia.account);
    expect(await context.fixture.messages(id)).toEqual([]);
  });

  it('the first is answered while the second is under way: one of them decides, once', async () => {
    const [first, second] = [held(), held()];
    const { alia, id } = await overtaken(first);
    context.fixture.core.plan('outcome', second.plan);
    const done = context.fixture.quiet(context.other);
    await second.arrived;
    first.release();
    await context.fixture.outbox().drainOnce();
    second.release();
    await done;
    await context.fixture.quiet();
    await expectPaid(id, alia.account);
    expect(await context.fixture.operations(id)).toEqual(['DEBIT DONE']);
  });

  it('the first has no answer while the second is under way: the second decides', async () => {
    const [first, second] = [held('reset'), held()];
    const { alia, id } = await overtaken(first);
    context.fixture.core.plan('outcome', second.plan);
    const done = context.fixture.quiet(context.other);
    await second.arrived;
    first.release();
    await context.fixture.outbox().drainOnce();
    expect((await context.fixture.messages(id))[0]).toMatchObject({ attempts: 2, lease: expect.any(String) });
    second.release();
    await done;
    await expectPaid(id, alia.account);
  });
});

describe('a settlement after a deadlock', () => {
  it('is run again from the beginning: one notify, one reversal, and every reserved place is released', async () => {
    // A topic settles one batch at a time: of each batch the first two tries fail and the third succeeds.
    for (const topic of TOPICS) await context.fixture.database.query(`create sequence "disturbed_${topic}"`);
    await context.fixture.database.query(`
      create function disturb() returns trigger language plpgsql as $$
      begin
        if nextval(format('%I', 'disturbed_' || (select min(topic) from settled))) % 3 <> 0 then
          raise exception 'in the way' using errcode = '40001';
        end if;
        return null;
      end $$`);
    // The last write of a settlement.
    await context.fixture.database.query(`
      create trigger disturb after insert on outbox_done referencing new table as settled
        for each statement execute function disturb()`);
    try {
      for (let round = 0; round < 2; round++) {
        const [alia, bekzat] = [await context.fixture.customer(), await context.fixture.customer()];
        const answer = held();
        context.fixture.core.plan('debit', 'as it should', answer.plan);
        const paid = await context.fixture.debiting(alia);
        await context.fixture.quiet();
        const late = await context.fixture.debiting(bekzat);
        await answer.arrived;
        context.fixture.clock.advance(60_001);
        answer.release();
        await context.fixture.quiet();
        await expectPaid(paid, alia.account);
        await expectGivenBack(late, bekzat.account, ['PAYMENT', 'REVERSAL']);
      }
    } finally {
      await context.fixture.database.query('drop trigger disturb on outbox_done');
    }
    for (const topic of TOPICS) {
      const reservations = Array.from({ length: 5 }, () => openReservation(context.fixture.outbox(), topic));
      for (const reservation of reservations) reservation.rollBack();
      expect(reservations.filter(({ lease }) => lease !== null)).toHaveLength(4);
    }
  });
});
