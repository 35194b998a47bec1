import { describe, expect, it, jest } from '@jest/globals';
import { addMilliseconds } from '@mpp/kernel';
import { NEXT_REPEAT_MS } from '../../../test/support/core-fixture.js';
import { held } from '../../../test/support/core-peer.js';
import { debitFixture } from '../../../test/support/debit-fixture.js';

const { context, expectGivenBack } = debitFixture();

describe('a debit whose outcome is unknown at the deadline', () => {
  it.each<[string, () => void]>([
    ['never came to the core', () => context.fixture.core.plan('debit', 'reset')],
    [
      'cannot be inquired about',
      () => {
        context.fixture.core.plan('debit', 'lost');
        context.fixture.core.plan('outcome', 'reset');
      },
    ],
  ])('and that %s is not requested again but reversed, made or not', async (_, plan) => {
    const alia = await context.fixture.customer();
    plan();
    const id = await context.fixture.debiting(alia);
    await context.fixture.quiet();
    context.fixture.clock.advance(60_001);
    await context.fixture.quiet();
    expect(context.fixture.coreCalls()).toEqual(['accounts', 'debit', 'outcome', 'reversal']);
    await expectGivenBack(id, alia.account, []);
    expect(await context.fixture.operations(id)).toEqual(['DEBIT ABANDONED', 'REVERSAL DONE']);
    expect((await context.fixture.row(id)).debited_at).toBeNull();
  });

  it('is attempted right after the deadline, even if the pause would be longer', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const alia = await context.fixture.customer();
    context.fixture.core.plan('debit', 'reset', 'reset');
    context.fixture.core.plan('outcome', 'reset');
    const id = await context.fixture.debiting(alia, 2000 + NEXT_REPEAT_MS / 2);
    const deadline = (await context.fixture.row(id)).confirm_until as Date;
    await context.fixture.quiet();
    context.fixture.clock.advance(2000);
    await context.fixture.quiet();
    const [message] = await context.fixture.messages(id);
    expect(message).toMatchObject({ attempts: 2, next_attempt_at: addMilliseconds(deadline, 1) });
    context.fixture.clock.advance(NEXT_REPEAT_MS / 2 + 1);
    await context.fixture.quiet();
    await expectGivenBack(id, alia.account, []);
  });

  it('is refused by the core if it arrives still later: the customer is not debited unnoticed', async () => {
    const alia = await context.fixture.customer();
    const onItsWay = held();
    context.fixture.core.plan('debit', onItsWay.plan);
    const id = await context.fixture.debiting(alia);
    await onItsWay.arrived;
    context.fixture.clock.advance(60_001);
    await context.fixture.quiet(context.other);
    expect(await context.fixture.status(id)).toBe('REVERSED');
    onItsWay.release();
    await context.fixture.quiet();
    await expectGivenBack(id, alia.account, []);
    expect(await context.fixture.operations(id)).toEqual(['DEBIT ABANDONED', 'REVERSAL DONE']);
  });
});

describe('an answer to a debit that is being reversed', () => {
  it('changes neither the result for the PS nor the decision; the money is returned once', async () => {
    const alia = await context.fixture.customer();
    const answer = held();
    context.fixture.core.plan('debit', answer.plan);
    context.fixture.core.plan('reversal', 'reset');
    const id = await context.fixture.debiting(alia);
    await answer.arrived;
    context.fixture.clock.advance(60_001);
    await context.fixture.quiet(context.other);
    const reversing = await context.fixture.row(id);
    expect(reversing).toMatchObject({ status: 'REVERSING', notify_result: 'PROCESS_FAIL', debited_at: null });
    // The core makes the debit now: it has received no reversal yet.
    answer.release();
    await context.fixture.quiet();
    expect(context.fixture.core.change(alia.account)).toBe(-10_000n);
    expect(await context.fixture.row(id)).toEqual(reversing);
    expect(await context.fixture.operations(id)).toEqual(['DEBIT ABANDONED', 'REVERSAL REQUESTED']);
    await context.fixture.repeat();
    await expectGivenBack(id, alia.account, []);
  });
});
