import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '@mpp/kernel';
import { PROBLEMS } from '@mpp/platform';
import { expectProblem } from '../support/problems.js';
import { twoCustomers } from './two-customers.js';

const { send, sendJson, confirm } = twoCustomers();

describe('a problem', () => {
  it('has a title and an explanation in Russian and in Kazakh for every code', () => {
    expect(Object.keys(PROBLEMS).sort()).toEqual([...ERROR_CODES].sort());
    for (const { title, detail, status } of Object.values(PROBLEMS)) {
      for (const text of [title, detail]) {
        expect(text.ru).toMatch(/^[\p{Script=Cyrillic} \p{P}\w()]{4,}$/u);
        expect(text.kk).toMatch(/^[\p{Script=Cyrillic} \p{P}\w()]{4,}$/u);
        expect(text.kk).not.toBe(text.ru);
      }
      expect(status).toBeGreaterThanOrEqual(400);
    }
  });

  const RU = 'Не найдено';
  const KK = 'Табылмады';
  it.each([
    ['no language', {}, RU],
    ['X-Locale ru-RU', { 'x-locale': 'ru-RU' }, RU],
    ['X-Locale kk-KZ', { 'x-locale': 'kk-KZ' }, KK],
    ['X-Locale KK', { 'x-locale': 'KK' }, KK],
    ['Accept-Language kk', { 'accept-language': 'kk' }, KK],
    ['Accept-Language kk-KZ before ru', { 'accept-language': 'kk-KZ,kk;q=0.9,ru;q=0.8' }, KK],
    ['X-Locale against Accept-Language', { 'x-locale': 'ru-RU', 'accept-language': 'kk' }, RU],
    ['X-Locale against Accept-Language, the other way', { 'x-locale': 'kk-KZ', 'accept-language': 'ru' }, KK],
    ['an unsupported X-Locale', { 'x-locale': 'en-US', 'accept-language': 'kk' }, KK],
    ['unsupported languages', { 'accept-language': 'en-US,de;q=0.9' }, RU],
    ['Kazakh as the second choice after English', { 'accept-language': 'en, kk;q=0.5' }, KK],
    ['Kazakh weighing more', { 'accept-language': 'ru;q=0.4, kk;q=0.6' }, KK],
    ['Russian weighing more', { 'accept-language': 'kk;q=0.4, ru;q=0.6' }, RU],
    ['Kazakh excluded', { 'accept-language': 'kk;q=0, *;q=0.1' }, RU],
    ['any language', { 'accept-language': '*' }, RU],
    ['nonsense', { 'x-locale': ';;,', 'accept-language': ';q=,,;q=kk' }, RU],
  ])('requested with %s (%j) has the title %s', async (_, headers, title) => {
    const answer = await send('GET', `/v1/payments/${randomUUID()}`, { headers });
    expectProblem(answer, 404, 'NOT_FOUND');
    expect(answer.body.title).toBe(title);
  });

  it.each([
    ['an unknown route', () => send('GET', '/v2', { headers: { 'x-locale': 'kk-KZ' } }), 404, KK],
    [
      'no token',
      () => send('GET', '/v1/payments', { token: null, headers: { 'x-locale': 'kk-KZ' } }),
      401,
      'Кіру қажет',
    ],
    ['malformed JSON', () => sendJson('POST', '/v1/scans', '{', { 'x-locale': 'kk-KZ' }), 400, 'Сұраным қате'],
    ['an undecodable address', () => send('GET', '/%', { headers: { 'x-locale': 'kk-KZ' } }), 404, KK],
  ])('about %s is in the caller’s language, too', async (_, request, status, title) => {
    expect(await request()).toMatchObject({ status, body: { title } });
  });

  it('names the invalid fields and the fault of each, in the caller’s language', async () => {
    const qrCode = 'x'.repeat(129);
    const field = async (body: unknown, locale: string) =>
      (await sendJson('POST', '/v1/scans', body, { 'x-locale': locale })).body.errors;
    expect(await field({ qrCode }, 'ru-RU')).toEqual([{ field: 'qrCode', message: 'не длиннее 128 символов' }]);
    expect(await field({ qrCode }, 'kk-KZ')).toEqual([{ field: 'qrCode', message: '128 таңбадан аспауы керек' }]);
    expect(await field({ qrCode: '' }, 'ru-RU')).toEqual([{ field: 'qrCode', message: 'не короче 1 символов' }]);
    const limit = (await send('GET', '/v1/payments?limit=201')).body.errors;
    expect(limit).toEqual([{ field: 'limit', message: 'не больше 200' }]);
    const amount = (await confirm({ expectedAmount: '1,00' })).body.errors;
    expect(amount).toEqual([{ field: 'expectedAmount', message: 'сумма вида 100.00' }]);
  });

  it('carries the caller’s request id, or an id of the server if that one is invalid', async () => {
    const idOf = async (id: string) =>
      (await send('GET', '/v2', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idOf('app-42')).toBe('app-42');
    expect(await idOf('x'.repeat(65))).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idOf('a b')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
