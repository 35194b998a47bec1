import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem, PROBLEM_TYPE } from '../support/problems.js';
import { JSON_TYPE, twoCustomers } from './two-customers.js';

const { fixture, data, send, scan, confirm, readState } = twoCustomers();

describe('a request that cannot be read changes nothing:', () => {
  let before: unknown;

  beforeEach(async () => {
    before = await readState();
  });

  afterEach(async () => {
    expect(await readState()).toEqual(before);
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
  ])('%s %s, which is not a route: 404', async (method, path) => {
    expectProblem(await send(method, path), 404, 'NOT_FOUND');
  });

  it('an address that is too long is refused with a problem', async () => {
    const answer = await send('GET', `/v1/payments/${'a'.repeat(20_000)}`);
    expect(answer).toMatchObject({ status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } });
    expect(answer.headers.get('content-type')).toBe(PROBLEM_TYPE);
  });

  it('bytes that are no HTTP are refused with a problem', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = net.connect(Number(new URL(fixture.server.publicUrl).port), '127.0.0.1');
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
    ['a boolean', 'true'],
    ['nested very deep, in lists', nested(30_000, '[', ']')],
    ['nested very deep, in a field', `{"qrCode":"x","accountId":${nested(20_000, '[', ']')}}`],
    ['nested very deep, in objects', `{"qrCode":"x","a":${nested(5000, '{"a":', '}').replace('}', '1}')}}`],
    ['an attempt at the prototype', '{"qrCode":"x","__proto__":{"isAdmin":true}}'],
    ['another attempt at the prototype', '{"qrCode":"x","constructor":{"prototype":{"isAdmin":true}}}'],
    ['a deeper attempt at the prototype', '{"qrCode":"x","a":{"__proto__":{"isAdmin":true}}}'],
  ];
  it.each(BODIES)('a body that is %s: 400, for a scan and for a confirm', async (_, body) => {
    expectProblem(await scan(body), 400, 'VALIDATION_FAILED');
    expectProblem(await confirm(body), 400, 'VALIDATION_FAILED');
  });

  it('a missing body: 400, with and without a content type', async () => {
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
  ])('a body of the type %s: 415 for any content', async (type) => {
    for (const body of ['{"qrCode":"x"}', 'qrCode=x'])
      expectProblem(
        await send('POST', '/v1/scans', { body, headers: { 'content-type': type } }),
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      );
    expectProblem(
      await send('POST', `/v1/payments/${data.mine}/confirm`, { body: '{}', headers: { 'content-type': type } }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    );
  });

  it('a body of no type: 415', async () => {
    expectProblem(await send('POST', '/v1/scans', { body: '{"qrCode":"x"}' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it('a body that is too large: 413, with and without a content length', async () => {
    const large = JSON.stringify({ qrCode: 'x', padding: 'x'.repeat(64 * 1024) });
    expectProblem(await scan(large), 413, 'PAYLOAD_TOO_LARGE');
    const withoutLength = new Blob([large]).stream();
    const response = await fetch(`${fixture.server.publicUrl}/v1/scans`, {
      method: 'POST',
      headers: { ...JSON_TYPE, authorization: `Bearer ${data.alia}` },
      body: withoutLength,
      duplex: 'half',
    } as RequestInit);
    expect(await response.json()).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
  });
});
