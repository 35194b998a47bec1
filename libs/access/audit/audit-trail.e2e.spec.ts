import { describe, expect, it } from '@jest/globals';
import { ALIA, auditFixture, clock, PAYMENT } from '../../../test/support/audit-fixture.js';

describe('the audit trail', () => {
  const { fixture, resolved, all } = auditFixture();

  describe('remembers', () => {
    it('who did what, when, to what, whom it concerned, why, and how', async () => {
      await fixture.trail.record(
        fixture.database,
        resolved({ customerId: ALIA, reason: 'Подтверждено по телефону', details: { outcome: 'CONFIRMED', n: [1] } }),
      );
      clock.advance(1000);
      await fixture.trail.record(fixture.database, resolved({ action: 'OUTBOX_RETRIED', customerId: null }));
      expect(await all()).toEqual([
        {
          id: expect.stringMatching(/^\d+$/),
          at: clock.now(),
          actor: 'aigerim',
          action: 'OUTBOX_RETRIED',
          subject: PAYMENT,
          customerId: null,
          reason: null,
          details: null,
        },
        {
          id: expect.stringMatching(/^\d+$/),
          at: new Date(clock.now().getTime() - 1000),
          actor: 'aigerim',
          action: 'PAYMENT_RESOLVED',
          subject: PAYMENT,
          customerId: ALIA,
          reason: 'Подтверждено по телефону',
          details: { outcome: 'CONFIRMED', n: [1] },
        },
      ]);
    });

    it('details that are a list', async () => {
      await fixture.trail.record(fixture.database, resolved({ details: ['a', { b: 1 }] }));
      expect(await all()).toMatchObject([{ details: ['a', { b: 1 }] }]);
    });

    it('what was done exactly if it was done: an entry goes with its transaction', async () => {
      const rolledBack = fixture.database.transaction(async (tx) => {
        await fixture.trail.record(tx, resolved());
        throw new Error('changed our mind');
      });
      await expect(rolledBack).rejects.toThrow('changed our mind');
      expect(await all()).toEqual([]);
      await fixture.database.transaction((tx) => fixture.trail.record(tx, resolved()));
      expect(await all()).toHaveLength(1);
    });

    it.each([
      ['changed', "update access_audit set actor = 'another'"],
      ['changed in no way', 'update access_audit set actor = actor'],
      ['removed', 'delete from access_audit'],
      ['removed with all others', 'truncate access_audit'],
      [
        'changed by a session in replication mode',
        "set session_replication_role = 'replica'; delete from access_audit",
      ],
    ])('permanently: an entry cannot be %s', async (_, sql) => {
      await fixture.trail.record(fixture.database, resolved());
      const before = await all();
      await expect(fixture.test.query(`begin; ${sql}; commit`)).rejects.toThrow('append-only');
      expect(await all()).toEqual(before);
    });

    it.each(['actor', 'action', 'subject'] as const)('nothing without its %s', async (field) => {
      await expect(fixture.trail.record(fixture.database, resolved({ [field]: '' }))).rejects.toThrow(
        'check constraint',
      );
    });
  });

  describe('knows an operator', () => {
    const tokenOf = async (body: object) =>
      String((await fixture.mpp.call('POST', '/dev/token', { body: { roles: ['operations'], ...body } })).body.token);
    const actor = async (token: string) => {
      expect((await fixture.mpp.call('POST', '/test-actions/d-1', { token })).status).toBe(201);
      return (await all())[0];
    };

    it('by the name in their token, with their roles', async () => {
      const token = await tokenOf({ name: 'Әйгерім С.', roles: ['support', 'operations'] });
      expect(await actor(token)).toMatchObject({
        actor: 'Әйгерім С.',
        action: 'OUTBOX_RETRIED',
        subject: 'd-1',
        details: { roles: ['support', 'operations'] },
      });
    });

    it('as the developer if a development token has no name', async () => {
      expect(await actor(await tokenOf({}))).toMatchObject({ actor: 'developer' });
      expect(await actor(await tokenOf({ name: null }))).toMatchObject({ actor: 'developer' });
    });

    it.each([
      ['an empty one', ''],
      ['blanks', '  '],
      ['blanks around it', ' aigerim'],
      ['129 characters', 'a'.repeat(129)],
      ['a line break', 'a\nb'],
      ['a number', 7],
    ])('by no name that cannot be one: %s is 400', async (_, name) => {
      const body = { roles: ['operations'], name };
      expect(await fixture.mpp.call('POST', '/dev/token', { body })).toMatchObject({
        status: 400,
        body: {
          code: 'VALIDATION_FAILED',
          errors: expect.arrayContaining([{ field: 'name', message: expect.any(String) }]),
        },
      });
    });
  });
});
