import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { CustomerId } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { Logger } from '@nestjs/common';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { startTestServer, type TestServer } from '../../test/support/mpp.js';
import { expectProblem, type Problem } from '../../test/support/problems.js';
import { TestClock } from '../../test/support/test-clock.js';
import { Alerts } from './alerts.js';
import { ALERT_KINDS, ALERTS, type Alert, type NewAlert } from './domain/alert.js';

interface Page extends Record<string, unknown> {
  items: { id: string; kind: string; subject: string }[];
  nextCursor: string | null;
}

const ALIA = '900900000001' as CustomerId;
const METRICS_TOKEN = 'metrics-for-the-test';

describe('an alert', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let server: TestServer;
  let alerts: Alerts;

  beforeAll(async () => {
    database = await createDatabase();
    const env = {
      DATABASE_URL: database.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      BACKGROUND_WORK: 'off',
      METRICS_TOKEN,
    };
    server = await startTestServer(env, clock);
    alerts = server.app.get(Alerts, { strict: false });
  });

  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  /** As a feature does: in a transaction. */
  const raise = (...news: NewAlert[]): Promise<Alert[]> =>
    server.app.get(Database).transaction((tx) => alerts.raiseAlerts(tx, news));

  async function list(query: string, role = 'support'): Promise<Page> {
    const token = await server.mpp.teamToken(role);
    const { status, body } = await server.mpp.call<Page>('GET', `/ops/v1/alerts?${query}`, { token });
    expect(status).toBe(200);
    return body;
  }

  async function counted(kind: string): Promise<string | undefined> {
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    const text = await (await fetch(`${server.publicUrl}/metrics`, { headers })).text();
    return new RegExp(`^mpp_alerts_total\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(text)?.[1];
  }

  it('is counted by kind from zero, so that monitoring sees the first one of each kind', async () => {
    for (const kind of ALERT_KINDS) expect([kind, await counted(kind)]).toEqual([kind, '0']);
  });

  it('is listed with its meaning, subject, customer, details and time', async () => {
    const subject = randomUUID();
    await raise({ kind: 'REFUND_OVERDUE', subject, customerId: ALIA, details: { paymentId: 'p' } });
    expect((await list(`subject=${subject}`)).items).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        kind: 'REFUND_OVERDUE',
        meaning: ALERTS.REFUND_OVERDUE,
        subject,
        customerId: ALIA,
        details: { paymentId: 'p' },
        raisedAt: clock.now().toISOString(),
      },
    ]);
    const bare = randomUUID();
    await raise({ kind: 'REFUND_HALF_TIME', subject: bare });
    expect((await list(`subject=${bare}`)).items).toMatchObject([{ customerId: null, details: null }]);
  });

  it('is raised once per subject and kind, also by twenty transactions at the same time', async () => {
    const subject = randomUUID();
    const before = Number(await counted('REFUND_IN_SUSPENSE'));
    const alert = { kind: 'REFUND_IN_SUSPENSE', subject } as const;
    const raised = await Promise.all(Array.from({ length: 20 }, () => raise(alert, alert)));
    expect(raised.flat()).toHaveLength(1);
    clock.advance(86_400_000);
    expect(await raise(alert)).toEqual([]);
    expect(await raise(alert, { ...alert, kind: 'REFUND_OVERDUE' })).toMatchObject([{ kind: 'REFUND_OVERDUE' }]);
    expect((await list(`subject=${subject}`)).items.map(({ kind }) => kind)).toEqual([
      'REFUND_OVERDUE',
      'REFUND_IN_SUSPENSE',
    ]);
    expect(Number(await counted('REFUND_IN_SUSPENSE'))).toBe(before + 1);
  });

  it('is logged as an error with its subject and meaning, and without the customer', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    await raise({ kind: 'REFUND_OVERDUE', subject: 'Ref-logged', customerId: ALIA });
    await raise({ kind: 'REFUND_OVERDUE', subject: 'Ref-logged', customerId: ALIA });
    const lines = log.mock.calls.map(([line]) => line);
    log.mockRestore();
    expect(lines).toEqual([`REFUND_OVERDUE Ref-logged: ${ALERTS.REFUND_OVERDUE}`]);
  });

  it('is not written if its transaction rolls back', async () => {
    const subject = randomUUID();
    const failed = server.app.get(Database).transaction(async (tx) => {
      await alerts.raiseAlerts(tx, [{ kind: 'REFUND_OVERDUE', subject }]);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect((await list(`subject=${subject}`)).items).toEqual([]);
    expect(await raise({ kind: 'REFUND_OVERDUE', subject })).toHaveLength(1);
  });

  it('is found by kind, by subject, and by both', async () => {
    const [one, other] = [`Возврат/1 ${randomUUID()}`, randomUUID()];
    await raise({ kind: 'REFUND_AFTER_REVERSAL', subject: one }, { kind: 'REFUND_AFTER_REVERSAL', subject: other });
    await raise({ kind: 'REFUND_HALF_TIME', subject: one });
    const found = async (query: string) => (await list(query)).items.map(({ kind, subject }) => `${kind} ${subject}`);
    const about = `subject=${encodeURIComponent(one)}`;
    expect(await found('kind=REFUND_AFTER_REVERSAL')).toEqual([
      `REFUND_AFTER_REVERSAL ${other}`,
      `REFUND_AFTER_REVERSAL ${one}`,
    ]);
    expect(await found(about)).toEqual([`REFUND_HALF_TIME ${one}`, `REFUND_AFTER_REVERSAL ${one}`]);
    expect(await found(`${about}&kind=REFUND_HALF_TIME`)).toEqual([`REFUND_HALF_TIME ${one}`]);
    expect(await found(`${about}&kind=REFUND_OVERDUE`)).toEqual([]);
    expect(await found('subject=unknown')).toEqual([]);
  });

  it('is listed page by page, without gaps or repeats, while new ones are raised', async () => {
    const kind = 'PAYMENT_IN_DOUBT';
    const subjects = Array.from({ length: 5 }, (_, index) => `page-${index}`);
    await raise(...subjects.map((subject) => ({ kind, subject }) as const));
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Page = await list(`kind=${kind}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ subject }) => subject));
      await raise({ kind, subject: randomUUID() });
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(subjects.toReversed());
  });

  it('is shown to support, operations, accounting and admins, and to no other caller', async () => {
    for (const role of ['support', 'operations', 'accounting', 'admin']) await list('limit=1', role);
    const call = (token: string | null) => server.mpp.call<Problem>('GET', '/ops/v1/alerts', { token });
    expectProblem(await call(await server.mpp.customerToken(ALIA)), 403, 'FORBIDDEN');
    expectProblem(await call(null), 401, 'UNAUTHENTICATED');
  });

  it.each([
    ['an unknown kind', 'kind=FIRE', 'kind'],
    ['two kinds', 'kind=REFUND_OVERDUE&kind=REFUND_HALF_TIME', 'kind'],
    ['an empty subject', 'subject=', 'subject'],
    ['a subject with NUL', 'subject=a%00b', 'subject'],
    ['a subject of 201 characters', `subject=${'s'.repeat(201)}`, 'subject'],
    ['a limit of 0', 'limit=0', 'limit'],
    ['a cursor of another list', `cursor=${Buffer.from(`1~${randomUUID()}`).toString('base64url')}`, 'cursor'],
  ])('cannot be searched with %s: 400', async (_, query, field) => {
    const token = await server.mpp.teamToken('support');
    const answer = await server.mpp.call<Problem>('GET', `/ops/v1/alerts?${query}`, { token });
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(new Set(answer.body.errors?.map((error) => error.field))).toEqual(new Set([field]));
  });

  it('has a meaning for each kind', () => {
    for (const kind of ALERT_KINDS) expect(ALERTS[kind]).toMatch(/^\p{Lu}.{10,}$/u);
  });
});
