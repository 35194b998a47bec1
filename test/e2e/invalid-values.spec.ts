import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem, type ProblemAnswer } from '../support/problems.js';
import { ALIA, twoCustomers } from './two-customers.js';

const { fixture, data, send, scan, confirm, readState } = twoCustomers();

describe('a request with an invalid value changes nothing:', () => {
  let before: unknown;

  beforeEach(async () => {
    before = await readState();
  });

  afterEach(async () => {
    expect(await readState()).toEqual(before);
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
  ])('a qrCode that is %s: 400, and the PS is not called', async (_, body) => {
    const answer = await scan(body);
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(answer.body.errors?.map(({ field }) => field)).toContain('qrCode');
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
  ])('a list requested with %s: 400', async (query) => {
    expectProblem(await send('GET', `/v1/payments?${query}`), 400, 'VALIDATION_FAILED');
  });

  it.each(['limit=0', 'cursor=x', `cursor=${cursor('1~x')}`, `cursor=${cursor(`1~${'9'.repeat(19)}`)}`])(
    'the operators’ lists requested with %s: 400',
    async (query) => {
      const token = await fixture.server.mpp.teamToken('accounting');
      for (const list of ['accounts', `accounts/${data.myAccount}/entries`])
        expectProblem(await send('GET', `/ops/v1/ledger/${list}?${query}`, { token }), 400, 'VALIDATION_FAILED');
    },
  );

  it.each([
    ['malformed', 'pay-1'],
    ['too short', '019b1f7e-4a31-7c3f-9a55'],
    ['of NUL', '%00'],
    ['an attempt at SQL', "'%20or%201=1--"],
    ['an attempt at a path', '..%2f..%2fops%2fv1'],
    ['of no payment', randomUUID()],
  ])('a payment id that is %s: 404 when it is read, confirmed or its receipt is requested', async (_, id) => {
    expectProblem(await send('GET', `/v1/payments/${id}`), 404, 'NOT_FOUND');
    expectProblem(await confirm({}, id), 404, 'NOT_FOUND');
    expectProblem(await send('GET', `/v1/payments/${id}/receipt`), 404, 'NOT_FOUND');
  });

  it('another customer’s payment: 404 as if it did not exist, when it is read, confirmed or its receipt is requested', async () => {
    for (const id of [data.theirs, data.theirsPaid, data.theirs.toUpperCase()]) {
      const answer = [
        await send('GET', `/v1/payments/${id}`),
        await confirm({}, id),
        await confirm({ expectedAmount: '1.00', accountId: data.myAccount }, id),
        await send('GET', `/v1/payments/${id}/receipt`),
      ];
      const unknown = await send('GET', `/v1/payments/${randomUUID()}`);
      for (const one of answer) {
        expectProblem(one, 404, 'NOT_FOUND');
        expect(one.body).toEqual(unknown.body);
      }
    }
    expect((await send('GET', `/v1/payments/${data.theirsPaid}/receipt`, { token: data.bekzat })).status).toBe(200);
  });

  it.each(['en-US', '', 'kz', 'ru-RU&locale=kk-KZ', '%00'])(
    'a receipt in a language such as %j: 400',
    async (locale) => {
      const answer = await send('GET', `/v1/payments/${data.theirsPaid}/receipt?locale=${locale}`, {
        token: data.bekzat,
      });
      expectProblem(answer, 400, 'VALIDATION_FAILED');
    },
  );

  it('a receipt that does not exist yet: 404', async () => {
    expectProblem(await send('GET', `/v1/payments/${data.mine}/receipt?locale=ru-RU`), 404, 'NOT_FOUND');
  });

  it.each(['100.00', '100', '0.01', '0.00'])(
    'an amount (%s) for a Dynamic QR, which has the shop’s price: 422',
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
    ['another customer’s', () => data.theirAccount],
    ['of no account', () => randomUUID()],
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

describe('a valid request of an unusual form is accepted:', () => {
  it('a confirm without a body, with an empty body, with {}, and with null for absent fields', async () => {
    const customer = await fixture.server.mpp.as(ALIA);
    const paid = async (confirm: (id: string) => Promise<ProblemAnswer>) =>
      expect(await confirm((await customer.scan(randomUUID())).body.payment.id)).toMatchObject({
        status: 200,
        body: { status: 'CONFIRMED' },
      });
    await paid((id) => send('POST', `/v1/payments/${id}/confirm`));
    await paid((id) => confirm('', id));
    await paid((id) => confirm({}, id));
    await paid((id) => confirm({ accountId: null, amount: null, expectedAmount: null }, id));
    await paid((id) => confirm({ expectedAmount: '100', accountId: data.myAccount.toUpperCase(), unknown: 1 }, id));
  });

  it('a QR code of 128 characters, in any script, with blanks, which the PS receives unchanged', async () => {
    for (const qrCode of ['x'.repeat(128), 'Құрмет '.repeat(18), '😀'.repeat(128), ' ', '<script>', '\\u0000', '%00']) {
      expect((await scan({ qrCode })).status).toBe(201);
      expect(JSON.parse(fixture.kaspi.of('scan').at(-1)?.body ?? '')).toEqual({ qrCode, customerId: ALIA });
    }
  });
});
