import { describe, expect, it } from '@jest/globals';
import { held } from '../../../test/support/core-peer.js';
import { LEASE_OVER_MS } from '../../../test/support/core-world.js';
import { debitWorld } from '../../../test/support/debit-world.js';
import { openReservation } from '../../../test/support/open-reservation.js';

const TOPICS = ['coreDebit', 'coreReversal', 'notifyPayment'];

const { context, expectPaid, expectGivenBack } = debitWorld();

describe('two attempts of one debit after the lease of the first expired:', () => {
  async function overtaken(answer: ReturnType<typeof held>) {
    const alia = await context.world.customer();
    context.world.core.plan('debit', answer.plan);
    const id = await context.world.debiting(alia);
    await answer.arrived;
    context.world.clock.advance(LEASE_OVER_MS);
    return { alia, id };
  }

  it.each([
    ['answers the same', 'as it should'],
    ['does not answer', 'reset'],
    ['answers without meaning', { status: 500, text: '' }],
  ] as const)('the second settles it, and what the first %s later changes nothing', async (_, late) => {
    const answer = held(late);
    const { alia, id } = await overtaken(answer);
    await context.world.quiet(context.other);
    await expectPaid(id, alia.account);
    const before = await context.world.row(id);
    answer.release();
    await context.world.quiet();
    expect(await context.world.row(id)).toEqual(before);
    await expectPaid(id, alia.account);
    expect(await context.world.messages(id)).toEqual([]);
  });

  it('the first is answered while the second is under way: one of them decides, once', async () => {
    const [first, second] = [held(), held()];
    const { alia, id } = await overtaken(first);
    context.world.core.plan('outcome', second.plan);
    const done = context.world.quiet(context.other);
    await second.arrived;
    first.release();
    await context.world.outbox().drainOnce();
    second.release();
    await done;
    await context.world.quiet();
    await expectPaid(id, alia.account);
    expect(await context.world.operations(id)).toEqual(['DEBIT DONE']);
  });

  it('the first has no answer while the second is under way: the second decides', async () => {
    const [first, second] = [held('reset'), held()];
    const { alia, id } = await overtaken(first);
    context.world.core.plan('outcome', second.plan);
    const done = context.world.quiet(context.other);
    await second.arrived;
    first.release();
    await context.world.outbox().drainOnce();
    expect((await context.world.messages(id))[0]).toMatchObject({ attempts: 2, lease: expect.any(String) });
    second.release();
    await done;
    await expectPaid(id, alia.account);
  });
});

describe('a settlement after a deadlock', () => {
  it('is run again from the beginning: one notify, one reversal, and every reserved place is released', async () => {
    // A topic settles one batch at a time: of each batch the first two tries fail and the third succeeds.
    for (const topic of TOPICS) await context.world.database.query(`create sequence "disturbed_${topic}"`);
    await context.world.database.query(`
      create function disturb() returns trigger language plpgsql as $$
      begin
        if nextval(format('%I', 'disturbed_' || (select min(topic) from settled))) % 3 <> 0 then
          raise exception 'in the way' using errcode = '40001';
        end if;
        return null;
      end $$`);
    // The last write of a settlement.
    await context.world.database.query(`
      create trigger disturb after insert on outbox_done referencing new table as settled
        for each statement execute function disturb()`);
    try {
      for (let round = 0; round < 2; round++) {
        const [alia, bekzat] = [await context.world.customer(), await context.world.customer()];
        const answer = held();
        context.world.core.plan('debit', 'as it should', answer.plan);
        const paid = await context.world.debiting(alia);
        await context.world.quiet();
        const late = await context.world.debiting(bekzat);
        await answer.arrived;
        context.world.clock.advance(60_001);
        answer.release();
        await context.world.quiet();
        await expectPaid(paid, alia.account);
        await expectGivenBack(late, bekzat.account, ['PAYMENT', 'REVERSAL']);
      }
    } finally {
      await context.world.database.query('drop trigger disturb on outbox_done');
    }
    for (const topic of TOPICS) {
      const reservations = Array.from({ length: 5 }, () => openReservation(context.world.outbox(), topic));
      for (const reservation of reservations) reservation.rollBack();
      expect(reservations.filter(({ lease }) => lease !== null)).toHaveLength(4);
    }
  });
});
