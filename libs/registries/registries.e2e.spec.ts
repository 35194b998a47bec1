import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem, type Problem } from '../../test/support/problems.js';
import { unknownRow } from '../../test/support/registry-days.js';
import { registryFile } from '../../test/support/registry-files.js';
import { type RegistryBody, RegistryFixture } from '../../test/support/registry-fixture.js';

const MAX_BYTES = 20_000;

let fixture: RegistryFixture;
beforeAll(async () => {
  fixture = await RegistryFixture.start({ REGISTRY_MAX_BYTES: String(MAX_BYTES) });
});
afterAll(() => fixture.stop());

const sendRequest = async (path: string, init: RequestInit) => {
  const authorization = `Bearer ${await fixture.server.mpp.teamToken('accounting')}`;
  const response = await fetch(`${fixture.server.publicUrl}${path}`, {
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
describe('An upload', () => {
  const file = () => new Blob(['x']);

  it.each([
    ['no file', () => ({ method: 'POST', body: new FormData() })],
    ['a file under another name', () => form(['registry', file()])],
    ['two files', () => form(['file', file()], ['file', file()])],
  ])('with %s is refused with 400 and the name of the field', async (_, request) => {
    const answer = await sendRequest('/ops/v1/registries', request());
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(answer.body.errors).toMatchObject([{ field: 'file' }]);
  });

  it('without a body is refused with 400', async () => {
    expectProblem(await sendRequest('/ops/v1/registries', { method: 'POST' }), 400, 'VALIDATION_FAILED');
  });

  it('of a file that is too large is refused with 413, and nothing is stored', async () => {
    const answer = await sendRequest('/ops/v1/registries', form(['file', new Blob([new Uint8Array(MAX_BYTES + 1)])]));
    expectProblem(answer, 413, 'PAYLOAD_TOO_LARGE');
    expect((await fixture.get<{ items: unknown[] }>('registries')).body.items).toEqual([]);
  });

  it('of JSON instead of a file is refused with 415, as is a file instead of JSON', async () => {
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    expectProblem(await sendRequest('/ops/v1/registries', json), 415, 'UNSUPPORTED_MEDIA_TYPE');
    expectProblem(await sendRequest('/ops/v1/accounts', form(['file', file()])), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it.each([
    ['a text', Buffer.from('hello'), 'NOT_XLSX'],
    ['an empty file', Buffer.alloc(0), 'NOT_XLSX'],
    ['a truncated archive', Buffer.from('PK\x03\x04 and no more'), 'BROKEN'],
  ])('of %s is stored, and then FAILED with the reason and an alert', async (_, content, failure) => {
    const registry = await fixture.receiveFile(content);
    expect(registry).toMatchObject({ status: 'FAILED', failure, kind: null, rows: 0 });
    const alerts = await fixture.get<{ items: object[] }>(`alerts?subject=${registry.id}`);
    expect(alerts.body.items).toMatchObject([{ kind: 'REGISTRY_FAILED', details: { failure } }]);
    expect(registry.advice).toContain('Excel');
    expect((await fixture.send<Problem>('POST', `registries/${registry.id}/accept`)).status).toBe(409);
  });

  it('whose totals are formulas without a value is compared without them, and cannot be accepted', async () => {
    const content = await readFile('test/contract/registries/openpyxl-formulas.xlsx');
    const registry = await fixture.receiveFile(content);
    expect(registry).toMatchObject({ status: 'RECONCILED', rows: 3, rowErrors: 2, stated: { rows: 3, amount: null } });
    const found = await fixture.discrepancyLines(registry.id);
    expect(found.filter((line) => line.startsWith('TOTAL_MISMATCH'))).toEqual([]);
    const { body } = await fixture.get<{ items: { problem: string }[] }>(`registries/${registry.id}/row-errors`);
    expect(body.items.map(({ problem }) => problem)).toEqual(['NOT_COMPUTED', 'NOT_COMPUTED', 'NOT_COMPUTED']);
    expect((await fixture.send<Problem>('POST', `registries/${registry.id}/accept`)).status).toBe(409);
  });

  it('that follows a cover sheet is read, with its rows as the sheet numbers them', async () => {
    const registry = await fixture.receiveFile(await readFile('test/contract/registries/cover.xlsx'));
    expect(registry).toMatchObject({ status: 'RECONCILED', rows: 3, rowErrors: 0, advice: null });
    const found = await fixture.listDiscrepancies(registry.id);
    expect(found.map(({ kind, row }) => `${kind} ${row}`)).toEqual([
      'MISSING_AT_MPP 3',
      'MISSING_AT_MPP 4',
      'MISSING_AT_MPP 5',
    ]);
  });

  it('of a workbook without a header is FAILED', async () => {
    const { writeXlsx } = await import('hucre/xlsx');
    const registry = await fixture.receiveFile(
      await writeXlsx({ sheets: [{ name: 'S', rows: [['Отчёт'], ['1', '2']] }] }),
    );
    expect(registry).toMatchObject({ status: 'FAILED', failure: 'NO_HEADER' });
  });

  it('can be downloaded unchanged under its name', async () => {
    const content = await registryFile('DAILY', [unknownRow()]);
    const { body } = await fixture.server.mpp.upload(content, 'Реестр за 08.04.xlsx');
    const authorization = `Bearer ${await fixture.server.mpp.teamToken('accounting')}`;
    const response = await fetch(`${fixture.server.publicUrl}/ops/v1/registries/${body.id}/file`, {
      headers: { authorization },
    });
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(content))).toBe(true);
    expect(response.headers.get('content-disposition')).toContain(encodeURIComponent('Реестр за 08.04.xlsx'));
    await fixture.processing.drainOnce();
  });

  it('of a file that was given up is read again', async () => {
    const content = await registryFile('DAILY', [unknownRow({ at: new Date('2025-07-09T07:00:00Z') })]);
    const { body } = await fixture.server.mpp.upload(content);
    await fixture.database.query(`update registries set status = 'FAILED', failure = 'GIVEN_UP' where id = $1`, [
      body.id,
    ]);
    const again = await fixture.server.mpp.upload(content);
    expect([again.status, again.body.id]).toEqual([200, body.id]);
    await fixture.processing.drainOnce();
    expect(await fixture.registry(body.id)).toMatchObject({ status: 'RECONCILED', rows: 1 });
  });
});

describe('A registry', () => {
  it('with cells that cannot be read lists them, and the rest is compared', async () => {
    const registry = await fixture.receiveRegistry('DAILY', [
      unknownRow(),
      unknownRow({ confirmed: 'может быть' }),
      unknownRow({ rate: 'x' }),
    ]);
    expect(registry).toMatchObject({ status: 'RECONCILED', rows: 3, rowErrors: 2 });
    const { body } = await fixture.get<{ items: object[] }>(`registries/${registry.id}/row-errors`);
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
    const first = await fixture.get<{ items: { row: number }[]; nextCursor: string }>(
      `registries/${registry.id}/row-errors?limit=1`,
    );
    const next = await fixture.get<{ items: { row: number }[] }>(
      `registries/${registry.id}/row-errors?limit=1&cursor=${first.body.nextCursor}`,
    );
    expect([first.body.items[0]?.row, next.body.items[0]?.row]).toEqual([4, 5]);
    expectProblem(await fixture.send<Problem>('POST', `registries/${registry.id}/accept`), 409, 'STATE_CONFLICT');
  });

  it('shows the number of rows read while it is PROCESSING, also after an error', async () => {
    const rows = [9, 10].map((hour) => unknownRow({ at: new Date(Date.UTC(2025, 5, 11, hour)) }));
    const { body } = await fixture.server.mpp.upload(await registryFile('DAILY', rows));
    expect(await fixture.registry(body.id)).toMatchObject({ status: 'PROCESSING', rows: 0 });
    await fixture.database.query('alter view registry_tariff_periods rename to away');
    await expect(fixture.processing.drainOnce()).rejects.toThrow('registry_tariff_periods');
    expect(await fixture.registry(body.id)).toMatchObject({ status: 'PROCESSING', rows: 2 });
    await fixture.database.query('alter view away rename to registry_tariff_periods');
    fixture.clock.advance(30_000);
    await fixture.processing.drainOnce();
    expect(await fixture.registry(body.id)).toMatchObject({ status: 'RECONCILED', rows: 2 });
  });

  it('is read although a process with a wrong clock claimed it for a day, and not while a right one reads it', async () => {
    const row = unknownRow({ at: new Date(Date.UTC(2025, 5, 12, 9)) });
    const { body } = await fixture.server.mpp.upload(await registryFile('DAILY', [row]));
    const claimedFor = (milliseconds: number) =>
      fixture.database.query('update registries set lease = gen_random_uuid(), leased_until = $2 where id = $1', [
        body.id,
        new Date(fixture.clock.now().getTime() + milliseconds),
      ]);
    await claimedFor(120_000);
    expect(await fixture.processing.drainOnce()).toBe(0);
    await claimedFor(24 * 3_600_000);
    expect(await fixture.processing.drainOnce()).toBe(1);
    expect(await fixture.registry(body.id)).toMatchObject({ status: 'RECONCILED', rows: 1 });
  });

  it('is listed newest first, by status and kind, in pages', async () => {
    const all = await fixture.get<{ items: RegistryBody[] }>('registries?limit=200');
    const failed = await fixture.get<{ items: RegistryBody[] }>('registries?status=FAILED');
    expect(failed.body.items.map(({ id }) => id)).toEqual(
      all.body.items.filter(({ status }) => status === 'FAILED').map(({ id }) => id),
    );
    const [first] = (await fixture.get<{ items: RegistryBody[]; nextCursor: string }>('registries?limit=1')).body.items;
    expect(first?.id).toBe(all.body.items[0]?.id);
    expectProblem(
      await fixture.get<Problem & Record<string, unknown>>('registries?status=NONE'),
      400,
      'VALIDATION_FAILED',
    );
  });
});
