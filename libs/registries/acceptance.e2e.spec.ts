import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem, type Problem } from '../../test/support/problems.js';
import { unknownRow } from '../../test/support/registry-days.js';
import type { WrittenRow } from '../../test/support/registry-files.js';
import { type RegistryBody, RegistryFixture } from '../../test/support/registry-fixture.js';

const UNKNOWN_ID = '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44';

/** The rows of the regulation's example (5.1). */
const EXAMPLE: readonly WrittenRow[] = [
  ...(
    [
      ['QR12345678', '12387914889', '00:01:41', '5263897', 1_690_000n, 8450n, '0,50', '8021'],
      ['QR87956214', '45698748797', '00:04:24', '8889637', 165_000n, 165n, '0,10', '7032'],
      ['QR02598762', '78901595681', '00:05:51', '4569716', 163_000n, 489n, '0,30', '5411'],
    ] as const
  ).map(([kaspiOperationId, mppPaymentId, time, customerId, amount, fee, rate, mcc]) => ({
    ...{ kaspiOperationId, mppPaymentId, customerId, amount, fee, rate, mcc },
    at: new Date(`2024-09-23T${time}+05:00`),
  })),
];

let fixture: RegistryFixture;
beforeAll(async () => {
  fixture = await RegistryFixture.start();
});
afterAll(() => fixture.stop());

const feeEntries = () =>
  fixture.database.query<{ reference: string; amount: string }>(
    `select reference, amount from ledger_entries where purpose = 'FEE' order by id`,
  );

describe('The acceptance of a registry', () => {
  it('posts its fee once: 91,04 for the regulation’s example', async () => {
    const registry = await fixture.receiveRegistry('DAILY', EXAMPLE);
    expect(registry).toMatchObject({ sums: { rows: 3, amount: '20180.00', fee: '91.04' }, stated: { fee: '91.04' } });
    const accept = () => fixture.send<RegistryBody>('POST', `registries/${registry.id}/accept`);
    const accepted = await Promise.all([accept(), accept(), accept()]);
    expect(accepted.map(({ status, body }) => [status, body.status])).toEqual(Array(3).fill([200, 'ACCEPTED']));
    expect(await feeEntries()).toEqual([{ reference: registry.id, amount: '9104' }]);
    const audit = await fixture.get<{ items: object[] }>(`audit?subject=${registry.id}`, 'admin');
    expect(audit.body.items).toMatchObject([{ action: 'REGISTRY_ACCEPTED' }, { action: 'REGISTRY_UPLOADED' }]);
  });

  it('prevents that of another registry of its kind for its days, but not of the monthly one, whose fee is 40,36', async () => {
    const again = await fixture.receiveRegistry('DAILY', EXAMPLE.slice(1));
    expectProblem(await fixture.send<Problem>('POST', `registries/${again.id}/accept`), 409, 'STATE_CONFLICT');
    const fees = [3380n, 330n, 326n];
    const month = await fixture.receiveRegistry(
      'MONTHLY',
      EXAMPLE.map((row, index) => ({ ...row, fee: fees[index] ?? 0n, rate: '0,20' })),
    );
    expect(month).toMatchObject({
      kind: 'MONTHLY',
      sums: { fee: '40.36' },
      period: { from: '2024-09-01', to: '2024-09-30' },
    });
    expect((await fixture.send('POST', `registries/${month.id}/accept`)).status).toBe(200);
    expect((await feeEntries()).map(({ amount }) => amount)).toEqual(['9104', '4036']);
  });

  it('of another registry for the day is possible after a correction of the first one’s fee', async () => {
    const at = new Date('2025-06-11T07:00:00Z');
    const wrong = await fixture.receiveRegistry('DAILY', [unknownRow({ at, fee: 777n })]);
    expect((await fixture.send('POST', `registries/${wrong.id}/accept`)).status).toBe(200);
    const right = await fixture.receiveRegistry('DAILY', [unknownRow({ at })]);
    expect((await fixture.send('POST', `registries/${right.id}/accept`)).status).toBe(409);
    const [{ id: entry } = { id: '' }] = await fixture.database.query<{ id: string }>(
      `select id from ledger_entries where purpose = 'FEE' and reference = $1`,
      [wrong.id],
    );
    const correction = await fixture.send('POST', `ledger/entries/${entry}/correction`, { reason: 'a corrected file' });
    expect(correction.status).toBe(201);
    expect((await fixture.send('POST', `registries/${right.id}/accept`)).status).toBe(200);
    expect((await fixture.send('POST', `registries/${wrong.id}/accept`)).body).toMatchObject({ status: 'ACCEPTED' });
    const [sum] = await fixture.database.query<{ fee: string }>(
      'select sum(ledger_fee_of_registry(id::text)) as fee from registries where id = any($1)',
      [[wrong.id, right.id]],
    );
    expect(sum?.fee).toBe('500');
  });

  it('of an unknown registry is refused with 404', async () => {
    expectProblem(await fixture.send<Problem>('POST', `registries/${UNKNOWN_ID}/accept`), 404, 'NOT_FOUND');
    expectProblem(await fixture.send<Problem>('POST', 'registries/x/accept'), 404, 'NOT_FOUND');
  });
});
