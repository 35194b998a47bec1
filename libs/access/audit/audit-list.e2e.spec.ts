import { beforeEach, describe, expect, it } from '@jest/globals';
import { type CustomerId, customerId } from '@mpp/kernel';
import { ALIA, auditFixture, clock, PAYMENT } from '../../../test/support/audit-fixture.js';
import type { AuditAction, AuditEntry } from '../domain/audit.js';
import { AuditTrail } from './audit-trail.js';

interface AuditBody extends Record<string, unknown> {
  items: (Omit<AuditEntry, 'at'> & { at: string })[];
  nextCursor: string | null;
}

describe('the audit trail', () => {
  const { fixture, resolved, all } = auditFixture();

  const subjects = (entries: readonly { subject: string }[]) => entries.map(({ subject }) => subject);

  describe('is read', () => {
    beforeEach(async () => {
      const entries: [AuditAction, string, CustomerId | null][] = [
        ['PAYMENT_RESOLVED', 'p-1', ALIA],
        ['OUTBOX_RETRIED', 'm-1', null],
        ['PAYMENT_RESOLVED', 'p-2', customerId('2')],
        ['OUTBOX_RETRIED', 'p-1', ALIA],
        ['REFUND_QR_SCANNED', 'r-1', ALIA],
      ];
      for (const [action, subject, of] of entries) {
        await fixture.trail.recordAction(fixture.database, resolved({ action, subject, customerId: of }));
        // Two at the same moment have their order, too.
        if (subject !== 'm-1') clock.advance(1000);
      }
    });

    it('newest first, filtered by action, by subject, by customer, and by several of them', async () => {
      expect(subjects(await all())).toEqual(['r-1', 'p-1', 'p-2', 'm-1', 'p-1']);
      const found = async (filter: Parameters<AuditTrail['listActions']>[0]) =>
        subjects(await fixture.trail.listActions(filter, 100, null));
      expect(await found({ action: 'PAYMENT_RESOLVED' })).toEqual(['p-2', 'p-1']);
      expect(await found({ subject: 'p-1' })).toEqual(['p-1', 'p-1']);
      expect(await found({ customerId: ALIA })).toEqual(['r-1', 'p-1', 'p-1']);
      expect(await found({ customerId: ALIA, action: 'OUTBOX_RETRIED' })).toEqual(['p-1']);
      expect(await found({ customerId: '2', subject: 'p-1' })).toEqual([]);
    });

    it('by an admin over HTTP page by page, without gaps or repeats while entries are added', async () => {
      const token = await fixture.mpp.teamToken('admin');
      const page = (query: string) => fixture.mpp.call<AuditBody>('GET', `/ops/v1/audit?${query}`, { token });
      const first = await page('limit=2');
      expect(first).toMatchObject({ status: 200, body: { nextCursor: expect.any(String) } });
      await fixture.trail.recordAction(fixture.database, resolved({ subject: 'newer' }));
      const second = await page(`limit=2&cursor=${first.body.nextCursor}`);
      const third = await page(`limit=2&cursor=${second.body.nextCursor}`);
      expect([first, second, third].map(({ body }) => subjects(body.items))).toEqual([
        ['r-1', 'p-1'],
        ['p-2', 'm-1'],
        ['p-1'],
      ]);
      expect(third.body.nextCursor).toBeNull();
      expect(Object.keys(third.body.items[0] ?? {})).toEqual([
        'id',
        'at',
        'actor',
        'action',
        'subject',
        'customerId',
        'reason',
        'details',
      ]);
    });

    it('over HTTP filtered by action, subject and customer, also on the next page', async () => {
      const token = await fixture.mpp.teamToken('admin');
      const page = async (query: string) =>
        (await fixture.mpp.call<AuditBody>('GET', `/ops/v1/audit?${query}`, { token })).body;
      expect(subjects((await page('action=OUTBOX_RETRIED')).items)).toEqual(['p-1', 'm-1']);
      expect(subjects((await page('subject=p-1&action=PAYMENT_RESOLVED')).items)).toEqual(['p-1']);
      const first = await page(`customerId=${ALIA}&limit=2`);
      expect(subjects(first.items)).toEqual(['r-1', 'p-1']);
      const second = await page(`customerId=${ALIA}&limit=2&cursor=${first.nextCursor}`);
      expect(subjects(second.items)).toEqual(['p-1']);
    });

    it.each([
      'limit=0',
      'limit=201',
      'cursor=none',
      `cursor=${Buffer.from(`0~${PAYMENT}`).toString('base64url')}`,
      'action=',
      `action=${'A'.repeat(65)}`,
      'action=a&action=b',
      'subject=%00',
      'customerId=9009000000012',
    ])('not with the invalid query %s: 400', async (query) => {
      const token = await fixture.mpp.teamToken('admin');
      const answer = await fixture.mpp.call('GET', `/ops/v1/audit?${query}`, { token });
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    });

    it('by admins only: every other role, a customer and a caller without a token are refused', async () => {
      const read = async (token: string | null) => (await fixture.mpp.call('GET', '/ops/v1/audit', { token })).status;
      for (const role of ['support', 'operations', 'accounting'])
        expect(await read(await fixture.mpp.teamToken(role))).toBe(403);
      expect(await read(await fixture.mpp.teamToken('support', 'operations', 'accounting'))).toBe(403);
      expect(await read(await fixture.mpp.customerToken(ALIA))).toBe(403);
      expect(await read(null)).toBe(401);
      expect(await read(await fixture.mpp.teamToken('support', 'admin'))).toBe(200);
    });
  });
});
