import { describe, expect, it, jest } from '@jest/globals';
import { addMilliseconds } from '@mpp/kernel';
import { held } from '../../../test/support/core-peer.js';
import { NEXT_REPEAT_MS } from '../../../test/support/core-world.js';
import { debitWorld } from '../../../test/support/debit-world.js';

const { context, expectGivenBack } = debitWorld();

describe('a debit whose outcome is unknown at the deadline', () => {
  it.each<[string, () => void]>([
    ['never came to the core', () => context.world.core.plan('debit', 'reset')],
    [
      'cannot be inquired about',
      () => {
        context.world.core.plan('debit', 'lost');
        context.world.core.plan('outcome', 'reset');
      },
    ],
  ])('and that %s is not requested again but reversed, made or not', async (_, plan) => {
    const alia = await context.world.customer();
    plan();
    const id = await context.world.debiting(alia);
    await context.world.quiet();
    context.world.clock.advance(60_001);
    await context.world.quiet();
    expect(context.world.coreCalls()).toEqual(['accounts', 'debit', 'outcome', 'reversal']);
    await expectGivenBack(id, alia.account, []);
    expect(await context.world.operations(id)).toEqual(['DEBIT ABANDONED', 'REVERSAL DONE']);
    expect((await context.world.row(id)).debited_at).toBeNull();
  });

  it('is attempted right after the deadline, even if the pause would be longer', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const alia = await context.world.customer();
    context.world.core.plan('debit', 'reset', 'reset');
    context.world.core.plan('outcome', 'reset');
    const id = await context.world.debiting(alia, 2000 + NEXT_REPEAT_MS / 2);
    const deadline = (await context.world.row(id)).confirm_until as Date;
    await context.world.quiet();
    context.world.clock.advance(2000);
    await context.world.quiet();
    const [message] = await context.world.messages(id);
    expect(message).toMatchObject({ attempts: 2, next_attempt_at: addMilliseconds(deadline, 1) });
    context.world.clock.advance(NEXT_REPEAT_MS / 2 + 1);
    await context.world.quiet();
    await expectGivenBack(id, alia.account, []);
  });

  it('is refused by the core if it arrives still later: the customer is not debited unnoticed', async () => {
    const alia = await context.world.customer();
    const onItsWay = held();
    context.world.core.plan('debit', onItsWay.plan);
    const id = await context.world.debiting(alia);
    await onItsWay.arrived;
    context.world.clock.advance(60_001);
    await context.world.quiet(context.other);
    expect(await context.world.status(id)).toBe('REVERSED');
    onItsWay.release();
    await context.world.quiet();
    await expectGivenBack(id, alia.account, []);
    expect(await context.world.operations(id)).toEqual(['DEBIT ABANDONED', 'REVERSAL DONE']);
  });
});

describe('an answer to a debit that is being reversed', () => {
  it('changes neither the result for the PS nor the decision; the money is returned once', async () => {
    const alia = await context.world.customer();
    const answer = held();
    context.world.core.plan('debit', answer.plan);
    context.world.core.plan('reversal', 'reset');
    const id = await context.world.debiting(alia);
    await answer.arrived;
    context.world.clock.advance(60_001);
    await context.world.quiet(context.other);
    const reversing = await context.world.row(id);
    expect(reversing).toMatchObject({ status: 'REVERSING', notify_result: 'PROCESS_FAIL', debited_at: null });
    // The core makes the debit now: it has received no reversal yet.
    answer.release();
    await context.world.quiet();
    expect(context.world.core.change(alia.account)).toBe(-10_000n);
    expect(await context.world.row(id)).toEqual(reversing);
    expect(await context.world.operations(id)).toEqual(['DEBIT ABANDONED', 'REVERSAL REQUESTED']);
    await context.world.repeat();
    await expectGivenBack(id, alia.account, []);
  });
});
