import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '@mpp/kernel';
import { PROBLEMS } from '@mpp/platform';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { KaspiPeer } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { expectProblem, PROBLEM_TYPE, type ProblemAnswer } from '../support/problems.js';

const ALIA = '900900000001';
const BEKZAT = '900900000002';
const JSON_TYPE = { 'content-type': 'application/json' };

let database: TestDatabase;
let kaspi: KaspiPeer;
let server: TestServer;
let alia: string;
let bekzat: string;
/** Payments: Alia's to be confirmed; Bekzat's to be confirmed; Bekzat's with a receipt. */
let mine: string;
let theirs: string;
let theirsPaid: string;
let theirAccount: string;
let myAccount: string;

beforeAll(async () => {
  database = await createDatabase();
  kaspi = await KaspiPeer.start();
  server = await startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url });
  [myAccount, theirAccount] = await Promise.all([server.mpp.open(ALIA, '1000.00'), server.mpp.open(BEKZAT, '1000.00')]);
  [alia, bekzat] = await Promise.all([server.mpp.customerToken(ALIA), server.mpp.customerToken(BEKZAT)]);
  const [a, b] = [await server.mpp.as(ALIA), await server.mpp.as(BEKZAT)];
  mine = (await a.scan('alia')).body.payment.id;
  theirs = (await b.scan('bekzat')).body.payment.id;
  theirsPaid = (await b.scan('bekzat-paid')).body.payment.id;
  expect((await b.confirm(theirsPaid)).body.status).toBe('CONFIRMED');
});

afterAll(async () => {
  await server.stop();
  await kaspi.close();
  await database.drop();
});

/** Sends as it is: body and headers need not make sense. */
async function send(
  method: string,
  path: string,
  { token = alia, body, headers }: { token?: string | null; body?: string; headers?: Record<string, string> } = {},
): Promise<ProblemAnswer> {
  const response = await fetch(server.publicUrl + path, {
    method,
    headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...headers },
    ...(body !== undefined && { body: Buffer.from(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
}

const json = (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
  send(method, path, {
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { ...JSON_TYPE, ...headers },
  });
const scan = (body: unknown) => json('POST', '/v1/scans', body);
const confirm = (body: unknown, id = mine) => json('POST', `/v1/payments/${id}/confirm`, body);

const TABLES = [
  'qr_payments',
  'qr_payment_history',
  'ledger_accounts',
  'ledger_entries',
  'outbox_messages',
  'outbox_done',
  'kaspi_calls',
  'receipts',
];

/** Every row of every table, as a sum of it; and what the PS was asked. */
async function everything(): Promise<unknown> {
  const sums = TABLES.map(
    (table) =>
      `select '${table}' as table, count(*)::int as rows, md5(string_agg(t::text, ',' order by t::text)) as sum from ${table} t`,
  );
  const rows = await database.query(sums.join(' union all '));
  const { balanced, lines } = await server.mpp.trialBalance();
  return { rows, asked: kaspi.arrived.length, books: { balanced, lines } };
}

describe('a problem', () => {
  it('of every code is explained in Russian and in Kazakh', () => {
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
    ['nothing', {}, RU],
    ['X-Locale ru-RU', { 'x-locale': 'ru-RU' }, RU],
    ['X-Locale kk-KZ', { 'x-locale': 'kk-KZ' }, KK],
    ['X-Locale KK', { 'x-locale': 'KK' }, KK],
    ['Accept-Language kk', { 'accept-language': 'kk' }, KK],
    ['Accept-Language kk-KZ before ru', { 'accept-language': 'kk-KZ,kk;q=0.9,ru;q=0.8' }, KK],
    ['X-Locale against Accept-Language', { 'x-locale': 'ru-RU', 'accept-language': 'kk' }, RU],
    ['X-Locale against Accept-Language, the other way', { 'x-locale': 'kk-KZ', 'accept-language': 'ru' }, KK],
    ['an X-Locale that is not spoken', { 'x-locale': 'en-US', 'accept-language': 'kk' }, KK],
    ['languages that are not spoken', { 'accept-language': 'en-US,de;q=0.9' }, RU],
    ['Kazakh as the second choice after English', { 'accept-language': 'en, kk;q=0.5' }, KK],
    ['Kazakh weighing more', { 'accept-language': 'ru;q=0.4, kk;q=0.6' }, KK],
    ['Russian weighing more', { 'accept-language': 'kk;q=0.4, ru;q=0.6' }, RU],
    ['Kazakh excluded', { 'accept-language': 'kk;q=0, *;q=0.1' }, RU],
    ['anything', { 'accept-language': '*' }, RU],
    ['nonsense', { 'x-locale': ';;,', 'accept-language': ';q=,,;q=kk' }, RU],
  ])('asked for in %s (%j) is titled %s', async (_, headers, title) => {
    const said = await send('GET', `/v1/payments/${randomUUID()}`, { headers });
    expectProblem(said, 404, 'NOT_FOUND');
    expect(said.body.title).toBe(title);
  });

  it.each([
    ['an unknown route', () => send('GET', '/v2', { headers: { 'x-locale': 'kk-KZ' } }), 404, KK],
    [
      'no token',
      () => send('GET', '/v1/payments', { token: null, headers: { 'x-locale': 'kk-KZ' } }),
      401,
      'Кіру қажет',
    ],
    ['malformed JSON', () => json('POST', '/v1/scans', '{', { 'x-locale': 'kk-KZ' }), 400, 'Сұраным қате'],
    ['an undecodable address', () => send('GET', '/%', { headers: { 'x-locale': 'kk-KZ' } }), 404, KK],
  ])('of %s is in the caller’s language, too', async (_, ask, status, title) => {
    expect(await ask()).toMatchObject({ status, body: { title } });
  });

  it('names the fields at fault and what is wrong with them, in the caller’s language', async () => {
    const qrCode = 'x'.repeat(129);
    const field = async (body: unknown, locale: string) =>
      (await json('POST', '/v1/scans', body, { 'x-locale': locale })).body.errors;
    expect(await field({ qrCode }, 'ru-RU')).toEqual([{ field: 'qrCode', message: 'не длиннее 128 символов' }]);
    expect(await field({ qrCode }, 'kk-KZ')).toEqual([{ field: 'qrCode', message: '128 таңбадан аспауы керек' }]);
    expect(await field({ qrCode: '' }, 'ru-RU')).toEqual([{ field: 'qrCode', message: 'не короче 1 символов' }]);
    const limit = (await send('GET', '/v1/payments?limit=201')).body.errors;
    expect(limit).toEqual([{ field: 'limit', message: 'не больше 200' }]);
    const amount = (await confirm({ expectedAmount: '1,00' })).body.errors;
    expect(amount).toEqual([{ field: 'expectedAmount', message: 'сумма вида 100.00' }]);
  });

  it('carries the caller’s request id, or one of ours where theirs cannot be one', async () => {
    const idOf = async (id: string) =>
      (await send('GET', '/v2', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idOf('app-42')).toBe('app-42');
    expect(await idOf('x'.repeat(65))).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idOf('a b')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a request that is wrong in itself changes nothing:', () => {
  let before: unknown;

  beforeEach(async () => {
    before = await everything();
  });

  afterEach(async () => {
    expect(await everything()).toEqual(before);
  });

  it.each([
    ['GET', '/v2'],
    ['GET', '/v1'],
    ['GET', '/'],
    ['GET', '/v1/payments/'],
    ['GET', '//v1/payments'],
    ['GET', '/v1/scans'],
    ['PUT', '/v1/scans'],
    ['DELETE', '/v1/payments'],
    ['PATCH', '/v1/accounts'],
    ['OPTIONS', '/v1/payments'],
    ['PROPFIND', '/v1/payments'],
    ['GET', '/%'],
    ['GET', '/v1/payments/%ZZ'],
    ['GET', '/v1/payments/%E0%A4%A'],
    ['GET', `/v1/payments/${'a'.repeat(3000)}`],
    ['GET', `/${'a'.repeat(8000)}`],
  ])('%s %s is no address of ours: 404', async (method, path) => {
    expectProblem(await send(method, path), 404, 'NOT_FOUND');
  });

  it('headers or an address without end are refused as a problem, too', async () => {
    const said = await send('GET', `/v1/payments/${'a'.repeat(20_000)}`);
    expect(said).toMatchObject({ status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } });
    expect(said.headers.get('content-type')).toBe(PROBLEM_TYPE);
  });

  it('what is no HTTP is refused as a problem, too', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = net.connect(Number(new URL(server.publicUrl).port), '127.0.0.1');
      let text = '';
      socket.on('data', (bytes) => {
        text += bytes;
      });
      socket.once('error', reject).once('close', () => resolve(text));
      socket.write('HELLO\r\n\r\n');
    });
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json; charset=utf-8\r\n/);
    expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  });

  const nested = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels);
  const BODIES: readonly [string, string][] = [
    ['cut off', '{"qrCode": "x"'],
    ['no JSON', 'qrCode=x'],
    ['JSON with a comma too many', '{"qrCode":"x",}'],
    ['in single quotes', "{'qrCode':'x'}"],
    ['a list', '[]'],
    ['a list of what would be right', '[{"qrCode":"x"}]'],
    ['null', 'null'],
    ['a string', '"x"'],
    ['a number', '5'],
    ['a truth', 'true'],
    ['nested without end, in lists', nested(30_000, '[', ']')],
    ['nested without end, in a field', `{"qrCode":"x","accountId":${nested(20_000, '[', ']')}}`],
    ['nested without end, in objects', `{"qrCode":"x","a":${nested(5000, '{"a":', '}').replace('}', '1}')}}`],
    ['an attempt at the prototype', '{"qrCode":"x","__proto__":{"isAdmin":true}}'],
    ['another attempt at the prototype', '{"qrCode":"x","constructor":{"prototype":{"isAdmin":true}}}'],
    ['a deeper attempt at the prototype', '{"qrCode":"x","a":{"__proto__":{"isAdmin":true}}}'],
  ];
  it.each(BODIES)('a body that is %s: 400, for a scan and for a confirm', async (_, body) => {
    expectProblem(await scan(body), 400, 'VALIDATION_FAILED');
    expectProblem(await confirm(body), 400, 'VALIDATION_FAILED');
  });

  it('no body where one is needed: 400, whatever its type is said to be', async () => {
    expectProblem(await send('POST', '/v1/scans'), 400, 'VALIDATION_FAILED');
    expectProblem(await scan(''), 400, 'VALIDATION_FAILED');
  });

  it.each([
    'text/plain',
    'text/html',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/vnd.api+json',
    'application/jsonx',
    'garbage',
  ])('a body of the type %s: 415, whatever is in it', async (type) => {
    for (const body of ['{"qrCode":"x"}', 'qrCode=x'])
      expectProblem(
        await send('POST', '/v1/scans', { body, headers: { 'content-type': type } }),
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      );
    expectProblem(
      await send('POST', `/v1/payments/${mine}/confirm`, { body: '{}', headers: { 'content-type': type } }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    );
  });

  it('a body of no type: 415', async () => {
    expectProblem(await send('POST', '/v1/scans', { body: '{"qrCode":"x"}' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it('a body that is too large: 413, whether it says so beforehand or not', async () => {
    const large = JSON.stringify({ qrCode: 'x', padding: 'x'.repeat(64 * 1024) });
    expectProblem(await scan(large), 413, 'PAYLOAD_TOO_LARGE');
    const unannounced = new Blob([large]).stream();
    const response = await fetch(`${server.publicUrl}/v1/scans`, {
      method: 'POST',
      headers: { ...JSON_TYPE, authorization: `Bearer ${alia}` },
      body: unannounced,
      duplex: 'half',
    } as RequestInit);
    expect(await response.json()).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
  });

  it.each([
    ['missing', {}],
    ['null', { qrCode: null }],
    ['empty', { qrCode: '' }],
    ['of 129 characters', { qrCode: 'x'.repeat(129) }],
    ['a number', { qrCode: 1234567890 }],
    ['a list', { qrCode: ['x'] }],
    ['an object', { qrCode: { toString: 'x' } }],
    ['with NUL', { qrCode: 'a\0b' }],
    ['with a line break', { qrCode: 'a\nb' }],
    ['with a bell', { qrCode: '\u0007' }],
    ['with DEL', { qrCode: 'a\u007f' }],
    ['with a C1 control character', { qrCode: 'a\u0085b' }],
    ['under another name', { qrcode: 'x' }],
  ])('a qrCode that is %s: 400, and the PS is not asked', async (_, body) => {
    const said = await scan(body);
    expectProblem(said, 400, 'VALIDATION_FAILED');
    expect(said.body.errors?.map(({ field }) => field)).toContain('qrCode');
  });

  const cursor = (text: string) => Buffer.from(text).toString('base64url');
  it.each([
    'limit=0',
    'limit=-1',
    'limit=201',
    'limit=x',
    'limit=',
    'limit=1.5',
    'limit=1e9',
    'limit=1&limit=2',
    'limit=NaN',
    'limit=9999999999999999999999',
    'cursor=',
    'cursor=x',
    `cursor=${'a'.repeat(201)}`,
    `cursor=${cursor('1~not-an-id')}`,
    `cursor=${cursor(`x~${randomUUID()}`)}`,
    `cursor=${cursor(`-1~${randomUUID()}`)}`,
    `cursor=${cursor(`9999999999999999~${randomUUID()}`)}`,
    `cursor=${cursor(`1~${randomUUID()}~more`)}`,
    `cursor=${cursor(`1~${randomUUID()}'; drop table qr_payments; --`)}`,
    `cursor=${cursor('1~\0')}`,
    'cursor=%00',
    'cursor=a&cursor=b',
  ])('a list asked for with %s: 400', async (query) => {
    expectProblem(await send('GET', `/v1/payments?${query}`), 400, 'VALIDATION_FAILED');
  });

  it.each(['limit=0', 'cursor=x', `cursor=${cursor('1~x')}`, `cursor=${cursor(`1~${'9'.repeat(19)}`)}`])(
    'the operators’ lists asked for with %s: 400',
    async (query) => {
      const token = await server.mpp.teamToken('accounting');
      for (const list of ['accounts', `accounts/${myAccount}/entries`])
        expectProblem(await send('GET', `/ops/v1/ledger/${list}?${query}`, { token }), 400, 'VALIDATION_FAILED');
    },
  );

  it.each([
    ['malformed', 'pay-1'],
    ['too short', '019b1f7e-4a31-7c3f-9a55'],
    ['of NUL', '%00'],
    ['an attempt at SQL', "'%20or%201=1--"],
    ['an attempt at a path', '..%2f..%2fops%2fv1'],
    ['nobody’s', randomUUID()],
  ])('a payment id that is %s: 404, to look at, to confirm and for its receipt', async (_, id) => {
    expectProblem(await send('GET', `/v1/payments/${id}`), 404, 'NOT_FOUND');
    expectProblem(await confirm({}, id), 404, 'NOT_FOUND');
    expectProblem(await send('GET', `/v1/payments/${id}/receipt`), 404, 'NOT_FOUND');
  });

  it('another customer’s payment: 404 as if it did not exist, to look at, to confirm and for its receipt', async () => {
    for (const id of [theirs, theirsPaid, theirs.toUpperCase()]) {
      const said = [
        await send('GET', `/v1/payments/${id}`),
        await confirm({}, id),
        await confirm({ expectedAmount: '1.00', accountId: myAccount }, id),
        await send('GET', `/v1/payments/${id}/receipt`),
      ];
      const nobodys = await send('GET', `/v1/payments/${randomUUID()}`);
      for (const one of said) {
        expectProblem(one, 404, 'NOT_FOUND');
        expect(one.body).toEqual(nobodys.body);
      }
    }
    expect((await send('GET', `/v1/payments/${theirsPaid}/receipt`, { token: bekzat })).status).toBe(200);
  });

  it.each(['en-US', '', 'kz', 'ru-RU&locale=kk-KZ', '%00'])(
    'a receipt in a language such as %j: 400',
    async (locale) => {
      const said = await send('GET', `/v1/payments/${theirsPaid}/receipt?locale=${locale}`, { token: bekzat });
      expectProblem(said, 400, 'VALIDATION_FAILED');
    },
  );

  it('a receipt that does not exist yet: 404', async () => {
    expectProblem(await send('GET', `/v1/payments/${mine}/receipt?locale=ru-RU`), 404, 'NOT_FOUND');
  });

  it.each(['100.00', '100', '0.01', '0.00'])(
    'an amount (%s) for a Dynamic QR, whose price is the shop’s: 422',
    async (amount) => {
      expectProblem(await confirm({ amount }), 422, 'AMOUNT_INVALID');
    },
  );

  it.each([
    '1e2',
    '-100.00',
    '+100.00',
    '100,00',
    '1 000.00',
    '100.001',
    '',
    ' ',
    'NaN',
    '٣.٠٠',
    100,
    100.5,
    true,
    ['100.00'],
    {},
  ])('an expectedAmount that is written %j: 400', async (expectedAmount) => {
    expectProblem(await confirm({ expectedAmount }), 400, 'VALIDATION_FAILED');
  });

  it.each(['99.99', '100.01', '0.00', '1000000000000000.00'])(
    'an expectedAmount of %s where 100.00 would be debited: 409',
    async (expectedAmount) => {
      expectProblem(await confirm({ expectedAmount }), 409, 'AMOUNT_CHANGED');
    },
  );

  it('an expectedAmount beyond any amount: 422', async () => {
    expectProblem(await confirm({ expectedAmount: '9999999999999999.99' }), 422, 'AMOUNT_INVALID');
  });

  it.each([
    ['another customer’s', () => theirAccount],
    ['nobody’s', () => randomUUID()],
    ['in transit', () => '00000000-0000-7000-8000-000000000002'],
    ['funding', () => '00000000-0000-7000-8000-000000000001'],
    ['garbage', () => 'main'],
    ['an attempt at SQL', () => "' or true --"],
    ['NUL', () => '\0'],
  ])('an account to pay from that is %s: 422', async (_, accountId) => {
    expectProblem(await confirm({ accountId: accountId() }), 422, 'ACCOUNT_UNUSABLE');
    expectProblem(await confirm({ accountId: accountId().toUpperCase() }), 422, 'ACCOUNT_UNUSABLE');
  });

  it.each([5, true, [], {}, '', 'x'.repeat(65)])('an account to pay from that is %j: 400', async (accountId) => {
    expectProblem(await confirm({ accountId }), 400, 'VALIDATION_FAILED');
  });
});

describe('what an app may well send is no mistake:', () => {
  it('a confirm without a body, with an empty one, with {}, and with nulls for what is absent', async () => {
    const customer = await server.mpp.as(ALIA);
    const paid = async (ask: (id: string) => Promise<ProblemAnswer>) =>
      expect(await ask((await customer.scan(randomUUID())).body.payment.id)).toMatchObject({
        status: 200,
        body: { status: 'CONFIRMED' },
      });
    await paid((id) => send('POST', `/v1/payments/${id}/confirm`));
    await paid((id) => confirm('', id));
    await paid((id) => confirm({}, id));
    await paid((id) => confirm({ accountId: null, amount: null, expectedAmount: null }, id));
    await paid((id) => confirm({ expectedAmount: '100', accountId: myAccount.toUpperCase(), unknown: 1 }, id));
  });

  it('a QR of 128 characters, in any script, with blanks, handed to the PS as it is', async () => {
    for (const qrCode of ['x'.repeat(128), 'Құрмет '.repeat(18), '😀'.repeat(128), ' ', '<script>', '\\u0000', '%00']) {
      expect((await scan({ qrCode })).status).toBe(201);
      expect(JSON.parse(kaspi.of('scan').at(-1)?.body ?? '')).toEqual({ qrCode, customerId: ALIA });
    }
  });
});
