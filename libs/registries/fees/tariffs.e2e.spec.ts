import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { type Answer, startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { expectProblem, type Problem } from '../../../test/support/problems.js';
import { TestClock } from '../../../test/support/test-clock.js';

interface List extends Record<string, unknown> {
  items: Record<string, unknown>[];
}

const clock = new TestClock();
const all = { mcc: null, service: 'PAYMENT', percent: '0.50', validFrom: '2026-01-01' };
const schools = { mcc: '8021', service: 'PAYMENT', percent: '0.30', validFrom: '2026-01-01' };
const service = { mcc: null, service: 'SERVICE', percent: '0.20', validFrom: '2026-01-01' };

let database: TestDatabase;
let server: TestServer;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
  server = await startTestServer(env, clock);
});

afterAll(async () => {
  await server.stop();
  await database.drop();
});

beforeEach(async () => {
  await put([]);
});

async function put<Body = List>(items: unknown): Promise<Answer<Body>> {
  const token = await server.mpp.teamToken('accounting');
  return server.mpp.call<Body>('PUT', '/ops/v1/tariffs', { token, body: { items } });
}

async function list(): Promise<unknown[]> {
  const token = await server.mpp.teamToken('accounting');
  return (await server.mpp.call<List>('GET', '/ops/v1/tariffs', { token })).body.items;
}

async function audited(): Promise<Record<string, unknown>[]> {
  const token = await server.mpp.teamToken('admin');
  return (await server.mpp.call<List>('GET', '/ops/v1/audit?action=TARIFFS_CHANGED', { token })).body.items;
}

describe('the tariffs', () => {
  it('are listed as set, by service and MCC, tariffs without an MCC first', async () => {
    expect(await put([service, schools, all])).toMatchObject({ status: 200, body: { items: [all, schools, service] } });
    expect(await list()).toEqual([all, schools, service]);
  });

  it('are replaced as a whole list, and written with at least two decimals', async () => {
    await put([all, schools]);
    await put([service, { ...all, percent: '0.4' }]);
    expect(await list()).toEqual([{ ...all, percent: '0.40' }, service]);
  });

  it('that were replaced stay stored, with the operators and times of setting and replacing', async () => {
    await put([all, schools]);
    clock.advance(3_600_000);
    await put([all, { ...schools, percent: '0.25' }]);
    const rows = await database.query(
      `select mcc, rate::int, set_at, set_by, replaced_at, replaced_by from registry_tariffs
       where mcc = '8021' order by id desc limit 2`,
    );
    const [set, replaced] = [expect.any(Date), clock.now()];
    expect(rows).toEqual([
      { mcc: '8021', rate: 2500, set_at: replaced, set_by: expect.any(String), replaced_at: null, replaced_by: null },
      {
        mcc: '8021',
        rate: 3000,
        set_at: set,
        set_by: expect.any(String),
        replaced_at: replaced,
        replaced_by: rows[0]?.set_by,
      },
    ]);
    expect(rows[1]?.set_at).toEqual(new Date(clock.now().getTime() - 3_600_000));
  });

  it('are in the audit trail with the added and removed ones; an unchanged list adds no entry', async () => {
    await put([all, schools]);
    await put([all, service]);
    const trail = await audited();
    expect(trail[0]).toMatchObject({
      action: 'TARIFFS_CHANGED',
      subject: 'tariffs',
      actor: expect.any(String),
      details: { removed: [schools], added: [service] },
    });
    await put([service, all]);
    expect((await audited()).length).toBe(trail.length);
  });

  it('stay one consistent list if 10 requests set them at the same moment', async () => {
    const lists = Array.from({ length: 10 }, (_, index) => [{ ...all, percent: `0.1${index}` }, schools]);
    const answers = await Promise.all(lists.map((items) => put(items)));
    expect(answers.map(({ status }) => status)).toEqual(lists.map(() => 200));
    const now = await list();
    expect(lists.filter((items) => JSON.stringify(items) === JSON.stringify(now))).toHaveLength(1);
  });

  it.each([
    ['a percentage of more than 100', [{ ...all, percent: '100.0001' }], 'items.0.percent'],
    ['a percentage with five decimals', [all, { ...schools, percent: '0.12345' }], 'items.1.percent'],
    ['a percentage that is a number', [{ ...all, percent: 0.5 }], 'items.0.percent'],
    ['a day that there is not', [{ ...all, validFrom: '2026-02-29' }], 'items.0.validFrom'],
    ['a moment for a day', [{ ...all, validFrom: '2026-01-01T00:00:00Z' }], 'items.0.validFrom'],
    ['an empty MCC', [{ ...all, mcc: '' }], 'items.0.mcc'],
    ['an MCC of 33 characters', [{ ...all, mcc: '1'.repeat(33) }], 'items.0.mcc'],
    ['an MCC with a blank', [{ ...all, mcc: '80 21' }], 'items.0.mcc'],
    ['no MCC, not even null', [{ service: 'PAYMENT', percent: '0.5', validFrom: '2026-01-01' }], 'items.0.mcc'],
    ['a service that there is not', [{ ...all, service: 'CASH' }], 'items.0.service'],
    ['the same service, MCC and day twice', [schools, all, { ...all, percent: '0.6' }], 'items.2'],
    ['no list', 'all', 'items'],
    ['a list of no tariffs', [7], 'items'],
  ])('cannot have %s: 400, and nothing changes', async (_, items, field) => {
    await put([service]);
    const answer = await put<Problem>(items);
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(new Set(answer.body.errors?.map((error) => error.field))).toContain(field);
    expect(await list()).toEqual([service]);
  });

  it('cannot be changed in the database once stored', async () => {
    await put([all]);
    await put([]);
    for (const sql of [
      'update registry_tariffs set rate = 1',
      'update registry_tariffs set replaced_at = null, replaced_by = null',
      'delete from registry_tariffs',
    ])
      await expect(database.query(sql)).rejects.toThrow();
  });
});
