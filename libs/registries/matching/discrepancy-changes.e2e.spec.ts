import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem, type Problem } from '../../../test/support/problems.js';
import { unknownRow } from '../../../test/support/registry-days.js';
import { type DiscrepancyBody, RegistryFixture } from '../../../test/support/registry-fixture.js';

let fixture: RegistryFixture;
beforeAll(async () => {
  fixture = await RegistryFixture.start();
});
afterAll(() => fixture.stop());

describe('The change of a discrepancy', () => {
  const findDiscrepancy = async () => {
    const registry = await fixture.receiveRegistry('DAILY', [unknownRow({ at: new Date('2025-05-14T07:00:00Z') })]);
    const [found] = await fixture.listDiscrepancies(registry.id);
    return { registry, found: found as DiscrepancyBody };
  };
  const change = (id: string, body: object) =>
    fixture.send<DiscrepancyBody & Problem>('PATCH', `discrepancies/${id}`, body);

  it('stores status, note and history, and later checks keep them', async () => {
    const { registry, found } = await findDiscrepancy();
    const changed = await change(found.id, { status: 'RESOLVED', note: 'a test purchase of Kaspi' });
    expect(changed).toMatchObject({ status: 200, body: { status: 'RESOLVED', note: 'a test purchase of Kaspi' } });
    await change(found.id, { status: 'RESOLVED', note: 'a test purchase of Kaspi' });
    await fixture.reconciliation.recheckDiscrepancies();
    const { history, ...rest } = (await fixture.get<DiscrepancyBody>(`discrepancies/${found.id}`)).body;
    expect(rest).toMatchObject({ status: 'RESOLVED', kind: 'MISSING_AT_MPP' });
    expect(history).toMatchObject([
      { actor: null, status: 'OPEN' },
      { actor: 'developer', status: 'RESOLVED', note: 'a test purchase of Kaspi' },
    ]);
    expect(await fixture.registry(registry.id)).toMatchObject({ discrepancies: 1, openDiscrepancies: 0 });
    const open = await fixture.get<{ items: DiscrepancyBody[] }>(
      'discrepancies?status=OPEN&kind=MISSING_AT_MPP&limit=200',
      'operations',
    );
    expect(open.body.items.map(({ id }) => id)).not.toContain(found.id);
  });

  it('keeps its note when the server closes the discrepancy', async () => {
    const payment = await fixture.books.payment({ at: new Date('2025-07-08T07:00:00Z') });
    const registry = await fixture.receiveRegistry('DAILY', [unknownRow({ at: payment.at })]);
    const missing = (await fixture.listDiscrepancies(registry.id)).find(({ kind }) => kind === 'MISSING_AT_KASPI');
    await change(missing?.id ?? '', { status: 'OPEN', note: 'Kaspi is asked' });
    const at = new Date('2025-07-08T08:00:00Z');
    await fixture.receiveRegistry('DAILY', [unknownRow({ at }), unknownRow({ ...payment, mppPaymentId: payment.id })]);
    expect((await fixture.get<DiscrepancyBody>(`discrepancies/${missing?.id}`)).body).toMatchObject({
      status: 'EXPLAINED',
      note: 'Kaspi is asked; registry.xlsx, 4',
      history: [{ status: 'OPEN' }, { status: 'OPEN', note: 'Kaspi is asked' }, { note: 'registry.xlsx, 4' }],
    });
  });

  it.each([[{ status: 'CLOSED' }], [{}], [{ status: 'RESOLVED', note: '' }], [{ status: 'RESOLVED', note: 'a\0b' }]])(
    'to %j is refused with 400',
    async (body) => {
      const { found } = await findDiscrepancy();
      expectProblem(await change(found.id, body), 400, 'VALIDATION_FAILED');
    },
  );

  it('of an unknown discrepancy is refused with 404', async () => {
    for (const id of ['999999', 'x']) expectProblem(await change(id, { status: 'RESOLVED' }), 404, 'NOT_FOUND');
  });
});
