import http from 'node:http';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { KaspiPeer } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { ACCEPTED, PsRefunds, refundBody } from '../support/ps-refunds.js';
import { until } from '../support/until.js';

const AT_ONCE = 20;
const LIMIT_BYTES = 64 * 1024;
/** Under the limit with the rest of a body. */
const DEEPEST = 30_000;

/** A field of the body, as JSON text. */
type Field = readonly [key: string, json: string];

interface Sent {
  readonly body: Buffer;
  readonly contentType: string | null;
}

interface Said {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly text: string;
}

describe('whatever is sent as a refund', () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;
  /** A refund of 40.00 of a payment of 100.00 that was taken in and credited. */
  let taken: Record<string, unknown>;
  let answer: string;
  let stranger: string;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    server = await startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url });
    const alia = await server.mpp.customer();
    stranger = (await server.mpp.customer()).id;
    const { id } = (await alia.scan('fuzzed')).body.payment;
    expect((await alia.confirm(id)).body.status).toBe('CONFIRMED');
    taken = refundBody({ customerId: alia.id, paymentId: 'ps-fuzzed', refundId: 'taken', refundAmount: '40.00' });
    const reply = await new PsRefunds(`${server.kaspiUrl}/refund`).refund(taken);
    expect(reply.result).toEqual(ACCEPTED);
    answer = reply.text;
    await until(
      'the credit',
      () => alia.balance(),
      (balance) => balance === '940.00',
    );
  });

  afterAll(async () => {
    agent.destroy();
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  let refunds = 0;
  /** What can be refunded of the same payment, under a refundId that was never used. */
  const another = () => ({ ...taken, refundId: `never-${++refunds}`, refundAmount: '1.00' });

  function send({ body, contentType }: Sent): Promise<Said> {
    const headers = { 'content-length': body.length, ...(contentType !== null && { 'content-type': contentType }) };
    return new Promise((resolve, reject) => {
      const request = http.request(`${server.kaspiUrl}/refund`, { method: 'POST', agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            contentType: response.headers['content-type'],
            text: Buffer.concat(chunks).toString(),
          }),
        );
      });
      // Who sends too much is answered before all of it is read.
      request.on('error', (error: NodeJS.ErrnoException) => {
        if (body.length > LIMIT_BYTES && ['ECONNRESET', 'EPIPE'].includes(error.code ?? ''))
          resolve({ status: 413, contentType: undefined, text: '' });
        else reject(error);
      });
      request.end(body);
    });
  }

  /** All money, all that is refunded, and all that says so. */
  async function standing() {
    const [row] = await database.query<Record<string, string>>(
      `select (select string_agg(customer_id || ' ' || balance, ', ' order by customer_id) from ledger_accounts
           where kind = 'CUSTOMER') as balances,
         (select sum(refunded_amount) from qr_payments) as refunded, (select count(*) from ledger_entries) as entries,
         (select count(*) from refunds where status <> 'REFUSED') as accepted,
         (select count(*) from outbox_messages) as waiting, (select count(*) from outbox_done) as done`,
    );
    return row;
  }

  /** Sends sets of bodies, each set at once; whatever they are answered, nothing is changed by them. */
  async function hold(sent: fc.Arbitrary<Sent>, expectAnswer: (said: Said, sent: Sent) => void, bodies: number) {
    const before = await standing();
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (set) => {
        const said = await Promise.all(set.map(send));
        for (const [index, one] of set.entries()) expectOf(one, () => expectAnswer(said[index] as Said, one));
        expect(await standing()).toEqual(before);
      }),
      // What was sent once is decided: a smaller set of the same says nothing.
      { numRuns: bodies / AT_ONCE, endOnFailure: true },
    );
  }

  /** No money is promised, in words that the PS can read; 400 where it is no JSON, 413 where it is too long. */
  function expectRefused({ status, contentType, text }: Said, { body }: Sent): void {
    const tooLong = body.length > LIMIT_BYTES;
    if (tooLong && text === '') return;
    expect(contentType).toBe('application/json; charset=utf-8');
    const said = JSON.parse(text) as { result: { resultMessage: string } };
    expect(said).toEqual({ result: { resultCode: 'PARAM_ILLEGAL', resultMessage: expect.any(String) } });
    expect(said.result.resultMessage).toMatch(/^.{1,256}$/);
    if (tooLong) expect(status).toBe(413);
    else if (!isJson(body)) expect(status).toBe(400);
    else expect(status).toBe(200);
  }

  const json = 'application/json';
  const asJson = (text: string): Sent => ({ body: Buffer.from(text), contentType: json });

  const text = fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 100 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
    { weight: 1, arbitrary: fc.constantFrom("'; drop table refunds; --", '{{7*7}}', '../..', '\ud83d', 'null', '%00') },
  );
  const deep = fc
    .tuple(fc.constantFrom(['[', ']'], ['{"a":', '}'], ['[{"":', '}]']), fc.integer({ min: 1, max: 60_000 }))
    .map(([[open = '', close = ''], bytes]) => {
      const depth = Math.floor(bytes / (open.length + close.length));
      return `${open.repeat(depth)}1${close.repeat(depth)}`;
    });
  const moderatelyDeep = deep.filter((given) => given.length < 2000);
  const noText = fc.oneof(
    fc.constantFrom('null', 'true', 'false', '0', '1', '900900000001', '[]', '{}', '1e400', '-0'),
    fc.jsonValue({ maxDepth: 3 }).map((given) => JSON.stringify(typeof given === 'string' ? [given] : given)),
    moderatelyDeep,
  );
  const control = fc.constantFrom('\0', '\n', '\t', '\u007f', '\u0085', '\ud83d', '\udc00');
  const spoilt = fc.tuple(fc.constantFrom('', 'taken', '900900000001', 'x'), control, fc.constantFrom('', 'x'));
  /** None of them can be an id, whatever stands in it. */
  const noId = (longest: number) =>
    fc.oneof(
      noText,
      fc.constantFrom('""', '" "', '"\u00a0"', '"\ufeff"', '" \u2003 "'),
      spoilt.map((parts) => JSON.stringify(parts.join(''))),
      fc
        .tuple(fc.constantFrom('a', '9', 'ж', '🦊', 'é'), fc.integer({ min: longest + 1, max: 200 }))
        .map(([letter, times]) => JSON.stringify(letter.repeat(times))),
      fc.constantFrom(1000, 15_000).map((times) => JSON.stringify('🦊'.repeat(times))),
    );
  const noAmount = fc.oneof(
    fc
      .constantFrom(
        ...['1e0', '1E0', '1e2', '-1', '+1', '1,00', '1 000', ' 1', '1 ', '1\n', '', '0', '0.00', '000.0', '.5', '5.'],
        ...['1.001', '1.000', '60.01', '100', '9'.repeat(16), '9'.repeat(17), '9'.repeat(400), '１', '١', '0x1', '1_0'],
        ...['NaN', 'Infinity', '1.00 KZT', '1.00\0', '-0', '--1', '1..0', '1.0.0', '½', '1\u00a0', '1.5e1', '1n'],
      )
      .map((given) => JSON.stringify(given)),
    fc.constantFrom('0', '-0', '0.0', '0.00', '-1', '1e0', '1E0', '1e+0', '10e-1', '0.1e1', '1e400', '1e-400', '1.000'),
    fc.constantFrom('60.01', '1.001', '0.001', '9007199254740993', '99999999999999999999', '1.00000000000000000001'),
    noText.filter((given) => !/^-?\d/.test(given)),
    text.filter((given) => !/^\d/.test(given)).map((given) => JSON.stringify(given)),
  );
  const noLink = fc.oneof(
    noText,
    fc.constantFrom('""', '"  "', '"https://receipt.kaspi.kz/\\u0000"', '"https://receipt.kaspi.kz/\\n"', '"\\ud83d"'),
  );

  /** What makes a refund impossible; undefined leaves the field out. */
  const fault: fc.Arbitrary<readonly [string, string | undefined]> = fc.oneof(
    fc.tuple(
      fc.constantFrom('customerId', 'paymentId', 'refundId', 'refundAmount', 'linkReceipt'),
      fc.constant(undefined),
    ),
    fc.tuple(
      fc.constant('customerId'),
      fc.oneof(
        noId(12),
        fc.constantFrom(...['"1"', '" 900900000001"', '"900900000001 "', '"９"'], '"900900000001\\u200b"'),
        fc.constant(null).map(() => JSON.stringify(stranger)),
      ),
    ),
    fc.tuple(
      fc.constant('paymentId'),
      fc.oneof(
        noId(64),
        text.filter((given) => given !== 'ps-fuzzed').map((given) => JSON.stringify(given)),
        fc.constantFrom('" ps-fuzzed"', '"ps-fuzzed "', '"PS-FUZZED"', '"ps-fuzzed\\u200b"', '"%"', '"ps-fuzze_"'),
      ),
    ),
    fc.tuple(fc.constant('refundId'), noId(64)),
    fc.tuple(fc.constant('refundAmount'), noAmount),
    fc.tuple(fc.constant('linkReceipt'), noLink),
    fc.tuple(
      fc.constant('pdfReceipt'),
      noLink.filter((given) => given !== 'null' && given !== '""'),
    ),
  );

  const ours = ['customerId', 'paymentId', 'refundId', 'refundAmount', 'linkReceipt', 'pdfReceipt'];
  const isOurs = (key: string) => ours.some((name) => name.toLowerCase() === key.trim().toLowerCase());
  /** What the regulation does not know, and is to be ignored (R7). */
  const unknown: fc.Arbitrary<Field> = fc.tuple(
    fc.oneof(
      text.filter((key) => !isOurs(key)),
      fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', '', '0', 'result'),
    ),
    fc.oneof(fc.json({ maxDepth: 3 }), noText, fc.constantFrom('{"refundAmount":"1.00","refundId":"inside"}', '1e999')),
  );
  /** The same key as in the tables and examples of the regulation: other case, blanks around it (R6). */
  const spelling = (key: string): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(key) },
      { weight: 1, arbitrary: fc.constantFrom(`${key} `, ` ${key}`, `\t${key}\u00a0`, `${key}\n`, `\ufeff${key}`) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(key.toUpperCase(), key.toLowerCase(), `${key[0]?.toUpperCase()}${key.slice(1)}`),
      },
    );
  const spelled = (fields: readonly Field[]): fc.Arbitrary<Field[]> =>
    fc.tuple(...fields.map(([key, given]) => spelling(key).map((name): Field => [name, given])));
  const fieldsOf = (body: Record<string, unknown>): Field[] =>
    Object.entries(body).map(([key, value]) => [key, JSON.stringify(value)]);
  const bodyOf = (fields: readonly Field[]) =>
    `{${fields.map(([key, given]) => `${JSON.stringify(key)}:${given}`).join(',')}}`;

  /** One fault, in any spelling and order, among whatever else: wrong all the same. */
  const faulty = fc
    .record({ fault, body: fc.constant(null).map(another), noise: fc.array(unknown, { maxLength: 3 }) })
    .chain(({ fault: [name, wrong], body, noise }) => {
      const { [name]: _, ...right } = body as Record<string, unknown>;
      const fields: Field[] = [...fieldsOf(right), ...(wrong === undefined ? [] : [[name, wrong] as const])];
      return spelled(fields).chain((given) =>
        fc.shuffledSubarray([...given, ...noise], { minLength: given.length + noise.length }),
      );
    })
    .map(bodyOf);
  /** The right value stands there too, where it does not count: before the last of the same key, or under a key with blanks. */
  const doubled = fc
    .record({
      fault: fault.filter(([, wrong]) => wrong !== undefined && wrong !== 'null'),
      body: fc.constant(null).map(another),
      blank: fc.boolean(),
    })
    .map(({ fault: [name, wrong = ''], body, blank }) => {
      const fields: Field[] = [...fieldsOf(body), [name, wrong]];
      return blank
        ? bodyOf(
            fields.map(([key, given], index) =>
              key === name && index < fields.length - 1 ? [`${key} `, given] : [key, given],
            ),
          )
        : bodyOf(fields);
    });
  const right = fc.constant(null).map(() => JSON.stringify(another()));
  const broken = fc.oneof(
    fc
      .tuple(right, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
      .map(([whole, part]) => whole.slice(0, Math.floor(whole.length * part))),
    right.map((whole) => `${whole}}`),
    right.map((whole) => whole.replace('{', '{,')),
    right.map((whole) => whole.replaceAll('"', "'")),
    right.map((whole) => whole.replace('"1.00"', '01')),
    right.map((whole) => whole.replace('"1.00"', 'NaN')),
    right.map((whole) => `\ufeff${whole}`),
    right.map((whole) => `${whole}${whole}`),
    right.map((whole) => `/**/${whole}`),
    fc
      .tuple(fc.constantFrom('[', '{"a":', '"', '[{"":'), fc.integer({ min: 1, max: 60_000 }))
      .map(([open, bytes]) => open.repeat(bytes / open.length)),
    fc.string({ unit: 'binary' }),
  );
  const noObject = fc.oneof(
    right.map((whole) => `[${whole}]`),
    right.map((whole) => JSON.stringify(whole)),
    right.map((whole) => `{"refund":${whole}}`),
    right.map((whole) => `{"__proto__":${whole}}`),
    deep,
    fc.json(),
  );
  const tooLong = fc
    .tuple(right, fc.constantFrom(' ', '\n'), fc.integer({ min: LIMIT_BYTES + 1, max: LIMIT_BYTES + 5000 }))
    .map(([whole, blank, bytes]) => whole.padEnd(bytes, blank));
  const contentType = fc.oneof(
    { weight: 10, arbitrary: fc.constant(json) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ...['text/plain', 'application/json; charset=utf-16', 'application/x-www-form-urlencoded', 'a', '', '*/*', ';'],
        ...['multipart/form-data; boundary=x', 'application/octet-stream', 'application/JSON;;;', 'text/'],
      ),
    },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  const wrong: fc.Arbitrary<Sent> = fc.oneof(
    {
      weight: 14,
      arbitrary: fc
        .tuple(fc.oneof({ weight: 4, arbitrary: faulty }, doubled, broken, noObject), contentType)
        .map(([given, type]) => ({ body: Buffer.from(given), contentType: type })),
    },
    { weight: 1, arbitrary: tooLong.map(asJson) },
    { weight: 1, arbitrary: right.map((whole) => ({ body: Buffer.from(whole, 'utf16le'), contentType: json })) },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ body: Buffer.from(bytes), contentType: json })),
    },
  );

  it('with anything wrong in it is refused with a reason, never 5xx, and moves no money: 2400 bodies', async () => {
    await hold(wrong, expectRefused, 2400);
  });

  it('under a refundId that was taken in, with another customer, payment or amount, is refused and changes nothing', async () => {
    const other = fault.filter(
      ([name, given]) => /customerId|paymentId|refundAmount/.test(name) && given !== undefined,
    );
    const sent = fc.tuple(other, fc.constantFrom('1.00', '39.99', '40.01', '60.00')).map(([[name, given], amount]) => {
      const fields = fieldsOf({ ...taken, refundAmount: amount }).filter(([key]) => key !== name);
      return asJson(bodyOf([...fields, [name, given ?? 'null']]));
    });
    await hold(sent, expectRefused, 400);
  });

  it('is answered as the first time where it is the same refund in other writing, and is not credited again', async () => {
    const amount = fc.constantFrom('"40.00"', '"40"', '"40.0"', '"040.00"', '40', '40.0', '40.00');
    const link = fc.constantFrom(
      '"https://receipt.kaspi.kz/ext?TranId=1"',
      '"https://receipt.kaspi.kz/ext?TranId=QR2"',
    );
    const sent = fc
      .record({ amount, link, noise: fc.array(unknown, { maxLength: 5 }) })
      .chain(({ amount: refundAmount, link: linkReceipt, noise }) => {
        const { refundAmount: _, linkReceipt: __, ...rest } = taken;
        const fields: Field[] = [...fieldsOf(rest), ['refundAmount', refundAmount], ['linkReceipt', linkReceipt]];
        return spelled(fields).chain((given) =>
          fc.shuffledSubarray([...given, ...noise], { minLength: given.length + noise.length }),
        );
      })
      .map((fields) => asJson(bodyOf(fields)));
    await hold(sent, ({ status, text: said }) => expect([status, said]).toEqual([200, answer]), 400);
  });

  it.each(['[', '{"a":'])(
    'is taken in whatever stands in a field that we do not know, 60 KB of nested %s too',
    async (open) => {
      const depth = Math.floor((2 * DEEPEST) / (open.length + 1));
      const nested = `${open.repeat(depth)}1${(open === '[' ? ']' : '}').repeat(depth)}`;
      const said = await send(asJson(bodyOf([...fieldsOf(taken), ['unknown', nested]])));
      expect([said.status, said.text]).toEqual([200, answer]);
    },
  );

  it('half, by somebody who then hangs up, is none', async () => {
    const before = await standing();
    const whole = JSON.stringify(another());
    const { port } = new URL(server.kaspiUrl);
    for (const head of [`content-length: ${whole.length + 1}`, 'transfer-encoding: chunked']) {
      const socket = net.connect(Number(port), '127.0.0.1');
      const chunk = head.startsWith('transfer') ? `${whole.length.toString(16)}\r\n${whole}\r\n` : whole;
      socket.write(`POST /refund HTTP/1.1\r\nhost: x\r\ncontent-type: ${json}\r\n${head}\r\n\r\n${chunk}`);
      await new Promise<void>((resolve) => socket.end(() => resolve()));
      await new Promise<void>((resolve) => socket.once('close', () => resolve()).resume());
    }
    expect(await standing()).toEqual(before);
  });

  it('is not taken in where it is not written in UTF-8: two refundIds are never taken for one', async () => {
    const before = await standing();
    for (const byte of [0x80, 0xc3, 0xff]) {
      const [head = '', tail = ''] = JSON.stringify({ ...another(), refundId: 'a|b' }).split('|');
      const body = Buffer.concat([Buffer.from(head), Buffer.from([byte]), Buffer.from(tail)]);
      expectRefused(await send({ body, contentType: json }), { body, contentType: json });
    }
    expect(await standing()).toEqual(before);
  });
});

describe('whoever asks the Kaspi-facing listener for anything but a refund', () => {
  let database: TestDatabase;
  let server: TestServer;

  beforeAll(async () => {
    database = await createDatabase();
    // As a bank runs it: without the helps for developers.
    server = await startTestServer({
      DATABASE_URL: database.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      AUTH_JWKS_URI: 'http://127.0.0.1:9/jwks.json',
      AUTH_ISSUER: 'bank',
      AUTH_AUDIENCE: 'mpp',
    });
  });

  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  const preflight = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };

  it.each([
    ['GET', '/refund'],
    ['HEAD', '/refund'],
    ['PUT', '/refund'],
    ['PATCH', '/refund'],
    ['DELETE', '/refund'],
    ['POST', '/refund/'],
    ['POST', '/Refund'],
    ['POST', '//refund'],
    ['POST', '/refund/x'],
    ['POST', '/refund%2f'],
    ['POST', `/${'x'.repeat(5000)}`],
    ['POST', '/v1/scans'],
    ['GET', '/v1/accounts'],
    ['GET', '/ops/v1/refunds'],
    ['POST', '/dev/token'],
    ['GET', '/docs'],
    ['GET', '/metrics'],
    ['GET', '/'],
    ['GET', '/.env'],
    ['POST', '/health/live'],
  ])('by %s %s is told 404 and no word more', async (method, path) => {
    const body = method === 'GET' || method === 'HEAD' ? null : JSON.stringify(refundBody());
    const response = await fetch(server.kaspiUrl + path, { method, ...(body !== null && { body }) });
    expect([response.status, await response.text()]).toEqual([404, '']);
    expect(response.headers.get('content-type')).toBeNull();
  });

  it('by an address that cannot be decoded is told 403 and no word more', async () => {
    const response = await fetch(`${server.kaspiUrl}/refund%`, { method: 'POST', body: '{}' });
    expect([response.status, await response.text()]).toEqual([403, '']);
  });

  it.each([
    ['without', {}],
    ['with', preflight],
  ])('by OPTIONS %s a browser’s question is told 404 and no word more', async (_, headers) => {
    const response = await fetch(`${server.kaspiUrl}/refund`, { method: 'OPTIONS', headers });
    expect([response.status, await response.text()]).toEqual([404, '']);
    expect([...response.headers.keys()].filter((name) => /^(vary|access-control)/.test(name))).toEqual([]);
  });

  it('in something that is no HTTP is told 400 and no word more', async () => {
    const socket = net.connect(Number(new URL(server.kaspiUrl).port), '127.0.0.1');
    socket.write('\x16\x03\x01 this is no HTTP\r\n\r\n');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\ncontent-length: 0\r\n(.+\r\n)*\r\n$/,
    );
  });
});

/** Says which of many it was. */
function expectOf({ body, contentType }: Sent, expectations: () => void): void {
  try {
    expectations();
  } catch (error) {
    throw new Error(
      `of ${JSON.stringify(body.toString().slice(0, 1000))} as ${contentType}: ${(error as Error).message}`,
    );
  }
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
    return true;
  } catch {
    return false;
  }
}
