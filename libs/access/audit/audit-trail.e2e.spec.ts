import { describe, expect, it } from '@jest/globals';
import { ALIA, auditFixture, clock, PAYMENT } from '../../../test/support/audit-fixture.js';

describe('the audit trail', () => {
  const { fixture, resolved, all } = auditFixture();

  describe('contains', () => {
    it('each action with operator, time, subject, customer, reason and details', async () => {
      await fixture.trail.recordAction(
        fixture.database,
        resolved({ customerId: ALIA, reason: 'Подтверждено по телефону', details: { outcome: 'CONFIRMED', n: [1] } }),
      );
      clock.advance(1000);
      await fixture.trail.recordAction(fixture.database, resolved({ action: 'OUTBOX_RETRIED', customerId: null }));
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

    it('an entry whose details are a list', async () => {
      await fixture.trail.recordAction(fixture.database, resolved({ details: ['a', { b: 1 }] }));
      expect(await all()).toMatchObject([{ details: ['a', { b: 1 }] }]);
    });

    it('an entry if and only if the action was committed', async () => {
      const rolledBack = fixture.database.transaction(async (tx) => {
        await fixture.trail.recordAction(tx, resolved());
        throw new Error('changed our mind');
      });
      await expect(rolledBack).rejects.toThrow('changed our mind');
      expect(await all()).toEqual([]);
      await fixture.database.transaction((tx) => fixture.trail.recordAction(tx, resolved()));
      expect(await all()).toHaveLength(1);
    });

    it.each([
      ['changed', "update access_audit set actor = 'another'"],
      ['updated with the same values', 'update access_audit set actor = actor'],
      ['removed', 'delete from access_audit'],
      ['removed with all others', 'truncate access_audit'],
      [
        'changed by a session in replication mode',
        "set session_replication_role = 'replica'; delete from access_audit",
      ],
    ])('an entry permanently: it cannot be %s', async (_, sql) => {
      await fixture.trail.recordAction(fixture.database, resolved());
      const before = await all();
      await expect(fixture.test.query(`begin; ${sql}; commit`)).rejects.toThrow('append-only');
      expect(await all()).toEqual(before);
    });

    it.each(['actor', 'action', 'subject'] as const)(
      'no entry without its %s: the insert is refused',
      async (field) => {
        await expect(fixture.trail.recordAction(fixture.database, resolved({ [field]: '' }))).rejects.toThrow(
          'check constraint',
        );
      },
    );
  });

  describe('names an operator', () => {
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
      ['an empty name', ''],
      ['a name of blanks', '  '],
      ['a name with a leading blank', ' aigerim'],
      ['a name of 129 characters', 'a'.repeat(129)],
      ['a name with a line break', 'a\nb'],
      ['a number', 7],
    ])('never by an invalid name: a development token for %s is refused with 400', async (_, name) => {
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
