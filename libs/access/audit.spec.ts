import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import { type CustomerId, customerId } from '@mpp/kernel';
import { createListener, Database, PlatformModule } from '@mpp/platform';
import { Controller, Module, Param, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { Mpp, QUIET } from '../../test/support/mpp.js';
import { TestClock } from '../../test/support/test-clock.js';
import { AccessHttpModule, AccessModule, AuditHttpModule } from './access.module.js';
import { AuditTrail } from './audit-trail.js';
import type { AuditAction, AuditEntry, NewAuditEntry } from './domain/audit.js';
import type { Operator } from './domain/caller.js';
import { CurrentOperator, ForTeams } from './http/guards.js';

const PAYMENT = '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44';
const ALIA = customerId('900900000001');

interface AuditBody extends Record<string, unknown> {
  items: (Omit<AuditEntry, 'at'> & { at: string })[];
  nextCursor: string | null;
}

const clock = new TestClock();

/** A feature that lets operators do something, and puts it down. */
@ForTeams('operations')
@Controller('deeds')
class DeedsController {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  @Post(':subject')
  async doIt(@CurrentOperator() { name, roles }: Operator, @Param('subject') subject: string): Promise<void> {
    await this.database.transaction((tx) =>
      this.trail.record(tx, { at: clock.now(), actor: name, action: 'OUTBOX_RETRIED', subject, details: { roles } }),
    );
  }
}

@Module({ controllers: [DeedsController] })
class DeedsModule {}

describe('the audit trail', () => {
  let test: TestDatabase;
  let app: NestFastifyApplication;
  let mpp: Mpp;
  let database: Database;
  let trail: AuditTrail;

  beforeAll(async () => {
    test = await createDatabase();
    const settings = Settings.read({ ...QUIET, DATABASE_URL: test.url, KASPI_BASE_URL: 'http://127.0.0.1:9' });
    app = await createListener('public', {
      module: class Root {},
      imports: [
        PlatformModule.with({ settings, clock }),
        AccessModule,
        AccessHttpModule.with(settings),
        AuditHttpModule,
        DeedsModule,
      ],
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    mpp = new Mpp(await app.getUrl());
    database = app.get(Database);
    trail = app.get(AuditTrail);
  });

  afterAll(async () => {
    await app.close();
    await test.drop();
  });

  beforeEach(async () => {
    // Only a superuser can, by taking the guard away.
    await test.query('alter table access_audit disable trigger user; truncate access_audit');
    await test.query('alter table access_audit enable always trigger access_audit_keep');
    await test.query('alter table access_audit enable always trigger access_audit_keep_all');
  });

  const resolved = (other: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
    at: clock.now(),
    actor: 'aigerim',
    action: 'PAYMENT_RESOLVED',
    subject: PAYMENT,
    ...other,
  });
  const all = () => trail.list({}, 100, null);
  const subjects = (entries: readonly { subject: string }[]) => entries.map(({ subject }) => subject);

  describe('remembers', () => {
    it('who did what, when, to what, whom it concerned, why, and how', async () => {
      await trail.record(
        database,
        resolved({ customerId: ALIA, reason: 'Подтверждено по телефону', details: { outcome: 'CONFIRMED', n: [1] } }),
      );
      clock.advance(1000);
      await trail.record(database, resolved({ action: 'OUTBOX_RETRIED', customerId: null }));
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
      await trail.record(database, resolved({ details: ['a', { b: 1 }] }));
      expect(await all()).toMatchObject([{ details: ['a', { b: 1 }] }]);
    });

    it('what was done exactly if it was done: an entry goes with its transaction', async () => {
      const rolledBack = database.transaction(async (tx) => {
        await trail.record(tx, resolved());
        throw new Error('changed our mind');
      });
      await expect(rolledBack).rejects.toThrow('changed our mind');
      expect(await all()).toEqual([]);
      await database.transaction((tx) => trail.record(tx, resolved()));
      expect(await all()).toHaveLength(1);
    });

    it.each([
      ['changed', "update access_audit set actor = 'somebody else'"],
      ['changed in no way', 'update access_audit set actor = actor'],
      ['removed', 'delete from access_audit'],
      ['removed with all others', 'truncate access_audit'],
      [
        'changed by a session that says it replays',
        "set session_replication_role = 'replica'; delete from access_audit",
      ],
    ])('for ever: an entry cannot be %s', async (_, sql) => {
      await trail.record(database, resolved());
      const before = await all();
      await expect(test.query(`begin; ${sql}; commit`)).rejects.toThrow('append-only');
      expect(await all()).toEqual(before);
    });

    it.each(['actor', 'action', 'subject'] as const)('nothing without its %s', async (field) => {
      await expect(trail.record(database, resolved({ [field]: '' }))).rejects.toThrow('check constraint');
    });
  });

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
        await trail.record(database, resolved({ action, subject, customerId: of }));
        // Two at the same moment have their order, too.
        if (subject !== 'm-1') clock.advance(1000);
      }
    });

    it('newest first, by action, by subject, by customer, and by any of them together', async () => {
      expect(subjects(await all())).toEqual(['r-1', 'p-1', 'p-2', 'm-1', 'p-1']);
      const found = async (filter: Parameters<AuditTrail['list']>[0]) => subjects(await trail.list(filter, 100, null));
      expect(await found({ action: 'PAYMENT_RESOLVED' })).toEqual(['p-2', 'p-1']);
      expect(await found({ subject: 'p-1' })).toEqual(['p-1', 'p-1']);
      expect(await found({ customerId: ALIA })).toEqual(['r-1', 'p-1', 'p-1']);
      expect(await found({ customerId: ALIA, action: 'OUTBOX_RETRIED' })).toEqual(['p-1']);
      expect(await found({ customerId: '2', subject: 'p-1' })).toEqual([]);
    });

    it('by an admin over HTTP, page by page, while new entries come in', async () => {
      const token = await mpp.teamToken('admin');
      const page = (query: string) => mpp.call<AuditBody>('GET', `/ops/v1/audit?${query}`, { token });
      const first = await page('limit=2');
      expect(first).toMatchObject({ status: 200, body: { nextCursor: expect.any(String) } });
      await trail.record(database, resolved({ subject: 'newer' }));
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

    it('over HTTP by action, subject and customer; a page keeps its filter', async () => {
      const token = await mpp.teamToken('admin');
      const page = async (query: string) =>
        (await mpp.call<AuditBody>('GET', `/ops/v1/audit?${query}`, { token })).body;
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
    ])('never with %s: 400', async (query) => {
      const token = await mpp.teamToken('admin');
      const answer = await mpp.call('GET', `/ops/v1/audit?${query}`, { token });
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    });

    it('by admins alone: every other role is refused, a customer too, and whoever has no token', async () => {
      const read = async (token: string | null) => (await mpp.call('GET', '/ops/v1/audit', { token })).status;
      for (const role of ['support', 'operations', 'accounting'])
        expect(await read(await mpp.teamToken(role))).toBe(403);
      expect(await read(await mpp.teamToken('support', 'operations', 'accounting'))).toBe(403);
      expect(await read(await mpp.customerToken(ALIA))).toBe(403);
      expect(await read(null)).toBe(401);
      expect(await read(await mpp.teamToken('support', 'admin'))).toBe(200);
    });
  });

  describe('knows an operator', () => {
    const tokenOf = async (body: object) =>
      String((await mpp.call('POST', '/dev/token', { body: { roles: ['operations'], ...body } })).body.token);
    const actor = async (token: string) => {
      expect((await mpp.call('POST', '/deeds/d-1', { token })).status).toBe(201);
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

    it('as the developer where a development token names nobody', async () => {
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
      expect(await mpp.call('POST', '/dev/token', { body })).toMatchObject({
        status: 400,
        body: {
          code: 'VALIDATION_FAILED',
          errors: expect.arrayContaining([{ field: 'name', message: expect.any(String) }]),
        },
      });
    });
  });
});
