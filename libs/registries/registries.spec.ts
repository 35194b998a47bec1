import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem, type Problem } from '../../test/support/problems.js';
import { registryFile, type WrittenRow } from '../../test/support/registry-files.js';
import { type DiscrepancyBody, type RegistryBody, RegistryWorld } from '../../test/support/registry-world.js';

const MOST_BYTES = 20_000;
const NOBODYS = '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44';
let operations = 0;

/** Of the regulation's example (5.1). */
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

describe('accounting', () => {
  let world: RegistryWorld;
  beforeAll(async () => {
    world = await RegistryWorld.start({ REGISTRY_MAX_BYTES: String(MOST_BYTES) });
  });
  afterAll(() => world.stop());

  const some = (given: Partial<WrittenRow> = {}): WrittenRow => ({
    ...{
      kaspiOperationId: `QR${++operations}`,
      amount: 100_000n,
      fee: 500n,
      rate: '0,50',
      at: new Date('2025-04-08T07:00:00Z'),
    },
    ...given,
  });
  const problem = async (path: string, init: RequestInit) => {
    const authorization = `Bearer ${await world.server.mpp.teamToken('accounting')}`;
    const response = await fetch(`${world.server.publicUrl}${path}`, {
      ...init,
      headers: { ...init.headers, authorization },
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Problem };
  };
  const form = (...parts: [string, Blob | string][]) => {
    const body = new FormData();
    for (const [name, part] of parts) body.append(name, part as Blob, 'r.xlsx');
    return { method: 'POST', body };
  };
  const entries = () =>
    world.database.query<{ reference: string; amount: string }>(
      `select reference, amount from ledger_entries where purpose = 'FEE' order by id`,
    );

  describe('uploads', () => {
    const file = () => new Blob(['x']);

    it.each([
      ['no file', () => ({ method: 'POST', body: new FormData() })],
      ['a file under another name', () => form(['registry', file()])],
      ['two files', () => form(['file', file()], ['file', file()])],
    ])('%s: 400, with the name of the field', async (_, request) => {
      const answer = await problem('/ops/v1/registries', request());
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(answer.body.errors).toMatchObject([{ field: 'file' }]);
    });

    it('no body: 400', async () => {
      expectProblem(await problem('/ops/v1/registries', { method: 'POST' }), 400, 'VALIDATION_FAILED');
    });

    it('a file that is larger than it may be: 413, and nothing is kept', async () => {
      const answer = await problem('/ops/v1/registries', form(['file', new Blob([new Uint8Array(MOST_BYTES + 1)])]));
      expectProblem(answer, 413, 'PAYLOAD_TOO_LARGE');
      expect((await world.get<{ items: unknown[] }>('registries')).body.items).toEqual([]);
    });

    it('JSON instead of a file, and a file where JSON is wanted: 415', async () => {
      const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
      expectProblem(await problem('/ops/v1/registries', json), 415, 'UNSUPPORTED_MEDIA_TYPE');
      expectProblem(await problem('/ops/v1/accounts', form(['file', file()])), 415, 'UNSUPPORTED_MEDIA_TYPE');
    });

    it.each([
      ['a text', Buffer.from('hello'), 'NOT_XLSX'],
      ['nothing', Buffer.alloc(0), 'NOT_XLSX'],
      ['an archive that is cut off', Buffer.from('PK\x03\x04 and no more'), 'BROKEN'],
    ])('%s: taken, and then FAILED with the reason and an alert', async (_, content, failure) => {
      const registry = await world.receiveFile(content);
      expect(registry).toMatchObject({ status: 'FAILED', failure, kind: null, rows: 0 });
      const alerts = await world.get<{ items: object[] }>(`alerts?subject=${registry.id}`);
      expect(alerts.body.items).toMatchObject([{ kind: 'REGISTRY_FAILED', details: { failure } }]);
      expect((await world.send<Problem>('POST', `registries/${registry.id}/accept`)).status).toBe(409);
    });

    it('a workbook without the header of a registry: FAILED', async () => {
      const { writeXlsx } = await import('hucre/xlsx');
      const registry = await world.receiveFile(
        await writeXlsx({ sheets: [{ name: 'S', rows: [['Отчёт'], ['1', '2']] }] }),
      );
      expect(registry).toMatchObject({ status: 'FAILED', failure: 'NO_HEADER' });
    });

    it('the file can be fetched as it came, under its name', async () => {
      const content = await registryFile('DAILY', [some()]);
      const { body } = await world.server.mpp.upload(content, 'Реестр за 08.04.xlsx');
      const authorization = `Bearer ${await world.server.mpp.teamToken('accounting')}`;
      const response = await fetch(`${world.server.publicUrl}/ops/v1/registries/${body.id}/file`, {
        headers: { authorization },
      });
      expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(content))).toBe(true);
      expect(response.headers.get('content-disposition')).toContain(encodeURIComponent('Реестр за 08.04.xlsx'));
      await world.processing.drainOnce();
    });
  });

  it('reads what cannot be read, row by row, and the rest is compared', async () => {
    const registry = await world.receiveRegistry('DAILY', [
      some(),
      some({ confirmed: 'может быть' }),
      some({ rate: 'x' }),
    ]);
    expect(registry).toMatchObject({ status: 'RECONCILED', rows: 3, rowErrors: 2 });
    const { body } = await world.get<{ items: object[] }>(`registries/${registry.id}/row-errors`);
    expect(body.items).toMatchObject([
      {
        row: 4,
        column: 'E',
        header: 'Подтвержденный платеж',
        content: 'может быть',
        problem: 'NOT_YES_OR_NO',
        message: 'Ожидается ДА или НЕТ',
      },
      { row: 5, column: 'L', content: 'x', problem: 'NOT_A_NUMBER' },
    ]);
    const first = await world.get<{ items: { row: number }[]; nextCursor: string }>(
      `registries/${registry.id}/row-errors?limit=1`,
    );
    const next = await world.get<{ items: { row: number }[] }>(
      `registries/${registry.id}/row-errors?limit=1&cursor=${first.body.nextCursor}`,
    );
    expect([first.body.items[0]?.row, next.body.items[0]?.row]).toEqual([4, 5]);
    expectProblem(await world.send<Problem>('POST', `registries/${registry.id}/accept`), 409, 'STATE_CONFLICT');
  });

  describe('accepts', () => {
    it('the regulation’s example: 91,04 are posted, once, however often it is accepted', async () => {
      const registry = await world.receiveRegistry('DAILY', EXAMPLE);
      expect(registry).toMatchObject({ sums: { rows: 3, amount: '20180.00', fee: '91.04' }, stated: { fee: '91.04' } });
      const accept = () => world.send<RegistryBody>('POST', `registries/${registry.id}/accept`);
      const accepted = await Promise.all([accept(), accept(), accept()]);
      expect(accepted.map(({ status, body }) => [status, body.status])).toEqual(Array(3).fill([200, 'ACCEPTED']));
      expect(await entries()).toEqual([{ reference: registry.id, amount: '9104' }]);
      const audit = await world.get<{ items: object[] }>(`audit?subject=${registry.id}`, 'admin');
      expect(audit.body.items).toMatchObject([{ action: 'REGISTRY_ACCEPTED' }, { action: 'REGISTRY_UPLOADED' }]);
    });

    it('no other registry of its kind for one of its days, but the month’s: 40,36 more', async () => {
      const again = await world.receiveRegistry('DAILY', EXAMPLE.slice(1));
      expectProblem(await world.send<Problem>('POST', `registries/${again.id}/accept`), 409, 'STATE_CONFLICT');
      const fees = [3380n, 330n, 326n];
      const month = await world.receiveRegistry(
        'MONTHLY',
        EXAMPLE.map((row, index) => ({ ...row, fee: fees[index] ?? 0n, rate: '0,20' })),
      );
      expect(month).toMatchObject({
        kind: 'MONTHLY',
        sums: { fee: '40.36' },
        period: { from: '2024-09-01', to: '2024-09-30' },
      });
      expect((await world.send('POST', `registries/${month.id}/accept`)).status).toBe(200);
      expect((await entries()).map(({ amount }) => amount)).toEqual(['9104', '4036']);
    });

    it('another one for the same day once the fee of the first is taken back', async () => {
      const at = new Date('2025-06-11T07:00:00Z');
      const wrong = await world.receiveRegistry('DAILY', [some({ at, fee: 777n })]);
      expect((await world.send('POST', `registries/${wrong.id}/accept`)).status).toBe(200);
      const right = await world.receiveRegistry('DAILY', [some({ at })]);
      expect((await world.send('POST', `registries/${right.id}/accept`)).status).toBe(409);
      const [{ id: entry } = { id: '' }] = await world.database.query<{ id: string }>(
        `select id from ledger_entries where purpose = 'FEE' and reference = $1`,
        [wrong.id],
      );
      const correction = await world.send('POST', `ledger/entries/${entry}/correction`, { reason: 'a corrected file' });
      expect(correction.status).toBe(201);
      expect((await world.send('POST', `registries/${right.id}/accept`)).status).toBe(200);
      expect((await world.send('POST', `registries/${wrong.id}/accept`)).body).toMatchObject({ status: 'ACCEPTED' });
      const [sum] = await world.database.query<{ fee: string }>(
        'select sum(ledger_fee_of(id::text)) as fee from registries where id = any($1)',
        [[wrong.id, right.id]],
      );
      expect(sum?.fee).toBe('500');
    });

    it('nothing that there is not: 404', async () => {
      expectProblem(await world.send<Problem>('POST', `registries/${NOBODYS}/accept`), 404, 'NOT_FOUND');
      expectProblem(await world.send<Problem>('POST', 'registries/x/accept'), 404, 'NOT_FOUND');
    });
  });

  it('tries a file again that was given up, when it is sent again', async () => {
    const content = await registryFile('DAILY', [some({ at: new Date('2025-07-09T07:00:00Z') })]);
    const { body } = await world.server.mpp.upload(content);
    await world.database.query(`update registries set status = 'FAILED', failure = 'GIVEN_UP' where id = $1`, [
      body.id,
    ]);
    const again = await world.server.mpp.upload(content);
    expect([again.status, again.body.id]).toEqual([200, body.id]);
    await world.processing.drainOnce();
    expect(await world.registry(body.id)).toMatchObject({ status: 'RECONCILED', rows: 1 });
  });

  it('checks a fee by the merchant’s MCC as the books have it, whatever the file says', async () => {
    const items = [{ mcc: '5411', service: 'PAYMENT', percent: '0.30', validFrom: '2025-01-01' }];
    await world.send('PUT', 'tariffs', { items });
    const payment = await world.books.payment({ at: new Date('2025-07-10T07:00:00Z'), mcc: '5411' });
    const row = { ...some(), mppPaymentId: payment.id, customerId: payment.customerId, at: payment.at, mcc: '8021' };
    const registry = await world.receiveRegistry('DAILY', [row]);
    expect(await world.discrepancyLines(registry.id)).toEqual(['FEE_MISMATCH | 3 | 3.00 | 5.00']);
    await world.send('PUT', 'tariffs', { items: [] });
  });

  it('recomputes each fee by the tariff of its MCC, and without one by the row’s own rate', async () => {
    const items = [
      { mcc: '8021', service: 'PAYMENT', percent: '0.40', validFrom: '2025-01-01' },
      { mcc: null, service: 'PAYMENT', percent: '0.50', validFrom: '2025-04-10' },
    ];
    expect((await world.send('PUT', 'tariffs', { items })).status).toBe(200);
    const at = (day: string) => new Date(`2025-04-${day}T07:00:00Z`);
    const registry = await world.receiveRegistry('DAILY', [
      some({ at: at('09'), mcc: '8021', fee: 400n }),
      some({ at: at('09'), mcc: '8021', fee: 500n }),
      some({ at: at('09'), mcc: '5411', fee: 500n }),
      some({ at: at('09'), mcc: '5411', fee: 501n }),
      some({ at: at('10'), mcc: '5411', fee: 300n, rate: '0,30' }),
      some({ at: at('10'), mcc: '5812', fee: null }),
    ]);
    const fees = (await world.discrepancyLines(registry.id)).filter((line) => line.startsWith('FEE'));
    expect(fees).toEqual([
      'FEE_MISMATCH | 4 | 4.00 | 5.00',
      'FEE_MISMATCH | 6 | 5.00 | 5.01',
      'FEE_MISMATCH | 7 | 5.00 | 3.00',
      'FEE_MISMATCH | 8 | 5.00 | -',
    ]);
    const corrected = [...items, { mcc: '5411', service: 'PAYMENT', percent: '0.30', validFrom: '2025-04-10' }];
    await world.send('PUT', 'tariffs', { items: corrected });
    await world.reconciliation.recheckDiscrepancies();
    expect((await world.discrepancyLines(registry.id)).filter((line) => line.includes('| 7 |'))).toContain(
      'FEE_MISMATCH | 7 | 5.00 | 3.00 | EXPLAINED',
    );
    await world.send('PUT', 'tariffs', { items: [] });
  });

  it('sees how many rows are read while it is PROCESSING, also where it stands still', async () => {
    const rows = [9, 10].map((hour) => some({ at: new Date(Date.UTC(2025, 5, 11, hour)) }));
    const { body } = await world.server.mpp.upload(await registryFile('DAILY', rows));
    expect(await world.registry(body.id)).toMatchObject({ status: 'PROCESSING', rows: 0 });
    await world.database.query('alter view registry_tariff_periods rename to away');
    await expect(world.processing.drainOnce()).rejects.toThrow('registry_tariff_periods');
    expect(await world.registry(body.id)).toMatchObject({ status: 'PROCESSING', rows: 2 });
    await world.database.query('alter view away rename to registry_tariff_periods');
    world.clock.advance(30_000);
    await world.processing.drainOnce();
    expect(await world.registry(body.id)).toMatchObject({ status: 'RECONCILED', rows: 2 });
  });

  describe('works a difference off', () => {
    const difference = async () => {
      const registry = await world.receiveRegistry('DAILY', [some({ at: new Date('2025-05-14T07:00:00Z') })]);
      const [found] = await world.listDiscrepancies(registry.id);
      return { registry, found: found as DiscrepancyBody };
    };
    const change = (id: string, body: object) =>
      world.send<DiscrepancyBody & Problem>('PATCH', `discrepancies/${id}`, body);

    it('with a status, a note and a history, and what was said stands', async () => {
      const { registry, found } = await difference();
      const changed = await change(found.id, { status: 'RESOLVED', note: 'a test purchase of Kaspi' });
      expect(changed).toMatchObject({ status: 200, body: { status: 'RESOLVED', note: 'a test purchase of Kaspi' } });
      await change(found.id, { status: 'RESOLVED', note: 'a test purchase of Kaspi' });
      await world.reconciliation.recheckDiscrepancies();
      const { history, ...rest } = (await world.get<DiscrepancyBody>(`discrepancies/${found.id}`)).body;
      expect(rest).toMatchObject({ status: 'RESOLVED', kind: 'MISSING_AT_MPP' });
      expect(history).toMatchObject([
        { actor: null, status: 'OPEN' },
        { actor: 'developer', status: 'RESOLVED', note: 'a test purchase of Kaspi' },
      ]);
      expect(await world.registry(registry.id)).toMatchObject({ discrepancies: 1, openDiscrepancies: 0 });
      const open = await world.get<{ items: DiscrepancyBody[] }>(
        'discrepancies?status=OPEN&kind=MISSING_AT_MPP&limit=200',
        'operations',
      );
      expect(open.body.items.map(({ id }) => id)).not.toContain(found.id);
    });

    it('and a note about one that is open stays where it closes by itself', async () => {
      const payment = await world.books.payment({ at: new Date('2025-07-08T07:00:00Z') });
      const registry = await world.receiveRegistry('DAILY', [some({ at: payment.at })]);
      const missing = (await world.listDiscrepancies(registry.id)).find(({ kind }) => kind === 'MISSING_AT_KASPI');
      await change(missing?.id ?? '', { status: 'OPEN', note: 'asked Kaspi' });
      const at = new Date('2025-07-08T08:00:00Z');
      await world.receiveRegistry('DAILY', [some({ at }), some({ ...payment, mppPaymentId: payment.id })]);
      expect((await world.get<DiscrepancyBody>(`discrepancies/${missing?.id}`)).body).toMatchObject({
        status: 'EXPLAINED',
        note: 'asked Kaspi; registry.xlsx, 4',
        history: [{ status: 'OPEN' }, { status: 'OPEN', note: 'asked Kaspi' }, { note: 'registry.xlsx, 4' }],
      });
    });

    it.each([[{ status: 'CLOSED' }], [{}], [{ status: 'RESOLVED', note: '' }], [{ status: 'RESOLVED', note: 'a\0b' }]])(
      'not with %j: 400',
      async (body) => {
        const { found } = await difference();
        expectProblem(await change(found.id, body), 400, 'VALIDATION_FAILED');
      },
    );

    it('not one that there is not: 404', async () => {
      for (const id of ['999999', 'x']) expectProblem(await change(id, { status: 'RESOLVED' }), 404, 'NOT_FOUND');
    });
  });

  it('lists registries, newest first, by status and kind, page by page', async () => {
    const all = await world.get<{ items: RegistryBody[] }>('registries?limit=200');
    const failed = await world.get<{ items: RegistryBody[] }>('registries?status=FAILED');
    expect(failed.body.items.map(({ id }) => id)).toEqual(
      all.body.items.filter(({ status }) => status === 'FAILED').map(({ id }) => id),
    );
    const [first] = (await world.get<{ items: RegistryBody[]; nextCursor: string }>('registries?limit=1')).body.items;
    expect(first?.id).toBe(all.body.items[0]?.id);
    expectProblem(
      await world.get<Problem & Record<string, unknown>>('registries?status=NONE'),
      400,
      'VALIDATION_FAILED',
    );
  });
});
