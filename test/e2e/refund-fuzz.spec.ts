import { isUtf8 } from 'node:buffer';
import http from 'node:http';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { paymentFixture } from '../support/payment-fixture.js';
import { ACCEPTED, PsRefunds, refundBody } from '../support/ps-refunds.js';
import { until } from '../support/until.js';
import {
  ACCEPTED_ID,
  asJson,
  bodyOf,
  type Field,
  fieldsOf,
  invalidRefunds,
  JSON_TYPE,
  LIMIT_BYTES,
  PURCHASE,
  type RefundRequest,
  spelledVariously,
  unknownField,
} from './refund-bodies.js';

const AT_ONCE = 20;
/** Under the limit with the rest of a body. */
const DEEPEST = 30_000;

interface Response {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly text: string;
}

describe('a refund request with generated content', () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const fixture = paymentFixture();
  /** A refund of 40.00 of a payment of 100.00 that was accepted and credited. */
  let accepted: Record<string, unknown>;
  let answer: string;
  let stranger: string;

  beforeAll(async () => {
    const { server } = fixture;
    const alia = await server.mpp.customer();
    stranger = (await server.mpp.customer()).id;
    const { id } = (await alia.scan('fuzzed')).body.payment;
    expect((await alia.confirm(id)).body.status).toBe('CONFIRMED');
    accepted = refundBody({ customerId: alia.id, paymentId: PURCHASE, refundId: ACCEPTED_ID, refundAmount: '40.00' });
    const reply = await new PsRefunds(`${server.kaspiUrl}/refund`).refund(accepted);
    expect(reply.result).toEqual(ACCEPTED);
    answer = reply.text;
    await until(
      'the credit',
      () => alia.balance(),
      (balance) => balance === '940.00',
    );
  });

  afterAll(() => {
    agent.destroy();
  });

  let refunds = 0;
  /** A valid refund of the same payment, under an unused refundId. */
  const newRefund = () => ({ ...accepted, refundId: `unused-${++refunds}`, refundAmount: '1.00' });

  function send({ body, contentType }: RefundRequest): Promise<Response> {
    const headers = { 'content-length': body.length, ...(contentType !== null && { 'content-type': contentType }) };
    return new Promise((resolve, reject) => {
      const request = http.request(
        `${fixture.server.kaspiUrl}/refund`,
        { method: 'POST', agent, headers },
        (response) => {
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
        },
      );
      // A body that is too long is answered before all of it is read.
      request.on('error', (error: NodeJS.ErrnoException) => {
        if (body.length > LIMIT_BYTES && ['ECONNRESET', 'EPIPE'].includes(error.code ?? ''))
          resolve({ status: 413, contentType: undefined, text: '' });
        else reject(error);
      });
      request.end(body);
    });
  }

  /** The balances, the refunded amount, and the numbers of entries, refunds and messages. */
  async function readBooks() {
    const [row] = await fixture.database.query<Record<string, string>>(
      `select (select string_agg(customer_id || ' ' || balance, ', ' order by customer_id) from ledger_accounts
           where kind = 'CUSTOMER') as balances,
         (select sum(refunded_amount) from qr_payments) as refunded, (select count(*) from ledger_entries) as entries,
         (select count(*) from refunds where status <> 'REFUSED') as accepted,
         (select count(*) from outbox_messages) as waiting, (select count(*) from outbox_done) as done`,
    );
    return row;
  }

  /** Sends sets of requests, each set at once, and expects that none of them changes anything. */
  async function expectNoChange(
    requests: fc.Arbitrary<RefundRequest>,
    expectAnswer: (response: Response, request: RefundRequest) => void,
    count: number,
  ) {
    const before = await readBooks();
    await fc.assert(
      fc.asyncProperty(fc.array(requests, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (set) => {
        const responses = await Promise.all(set.map(send));
        for (const [index, request] of set.entries())
          withRequest(request, () => expectAnswer(responses[index] as Response, request));
        expect(await readBooks()).toEqual(before);
      }),
      // A refundId that was sent once is decided, so a smaller set of the same requests shows nothing.
      { numRuns: count / AT_ONCE, endOnFailure: true },
    );
  }

  /**
   * PARAM_ILLEGAL with a reason that fits the regulation; HTTP 400 for a body that is no JSON or has a name with two values, 413 for one that
   * is too long; 415 without a result for one in an encoding that is not read.
   */
  function expectRefused({ status, contentType, text }: Response, { body, contentType: sent }: RefundRequest): void {
    const tooLong = body.length > LIMIT_BYTES;
    if (tooLong && text === '') return;
    if (!tooLong && isUnread(body, sent)) {
      expect([status, text]).toEqual([415, '']);
      return;
    }
    expect(contentType).toBe('application/json; charset=utf-8');
    const answer = JSON.parse(text) as { result: { resultMessage: string } };
    expect(answer).toEqual({ result: { resultCode: 'PARAM_ILLEGAL', resultMessage: expect.any(String) } });
    expect(answer.result.resultMessage).toMatch(/^.{1,256}$/);
    if (tooLong) expect(status).toBe(413);
    else if (!isJson(body)) expect(status).toBe(400);
    else if (answer.result.resultMessage.includes('twice')) expect(status).toBe(400);
    else expect(status).toBe(200);
  }

  const { fault, invalidRequest } = invalidRefunds(newRefund, () => stranger);

  it('that has any fault is refused with a reason, never with 5xx, and moves no money: 2400 bodies', async () => {
    await expectNoChange(invalidRequest, expectRefused, 2400);
  });

  it('under the refundId of an accepted refund, with another customer, payment or amount, is refused and changes nothing', async () => {
    const other = fault.filter(
      ([name, given]) => /customerId|paymentId|refundAmount/.test(name) && given !== undefined,
    );
    const sent = fc.tuple(other, fc.constantFrom('1.00', '39.99', '40.01', '60.00')).map(([[name, given], amount]) => {
      const fields = fieldsOf({ ...accepted, refundAmount: amount }).filter(([key]) => key !== name);
      return asJson(bodyOf([...fields, [name, given ?? 'null']]));
    });
    await expectNoChange(sent, expectRefused, 400);
  });

  it('that is the same refund in another notation gets the first answer and is not credited again', async () => {
    const amount = fc.constantFrom('"40.00"', '"40"', '"40.0"', '"040.00"', '40', '40.0', '40.00');
    const link = fc.constantFrom(
      '"https://receipt.kaspi.kz/ext?TranId=1"',
      '"https://receipt.kaspi.kz/ext?TranId=QR2"',
    );
    const sent = fc
      .record({ amount, link, noise: fc.array(unknownField, { maxLength: 5 }) })
      .chain(({ amount: refundAmount, link: linkReceipt, noise }) => {
        const { refundAmount: _, linkReceipt: __, ...rest } = accepted;
        const fields: Field[] = [...fieldsOf(rest), ['refundAmount', refundAmount], ['linkReceipt', linkReceipt]];
        return spelledVariously(fields).chain((given) =>
          fc.shuffledSubarray([...given, ...noise], { minLength: given.length + noise.length }),
        );
      })
      .map((fields) => asJson(bodyOf(fields)));
    await expectNoChange(sent, ({ status, text }) => expect([status, text]).toEqual([200, answer]), 400);
  });

  it.each(['[', '{"a":'])(
    'is accepted with any content in an unknown field, also with 60 KB of nested %s',
    async (open) => {
      const depth = Math.floor((2 * DEEPEST) / (open.length + 1));
      const nested = `${open.repeat(depth)}1${(open === '[' ? ']' : '}').repeat(depth)}`;
      const response = await send(asJson(bodyOf([...fieldsOf(accepted), ['unknown', nested]])));
      expect([response.status, response.text]).toEqual([200, answer]);
    },
  );

  it('that ends in the middle because the caller hangs up changes nothing', async () => {
    const before = await readBooks();
    const whole = JSON.stringify(newRefund());
    const { port } = new URL(fixture.server.kaspiUrl);
    for (const head of [`content-length: ${whole.length + 1}`, 'transfer-encoding: chunked']) {
      const socket = net.connect(Number(port), '127.0.0.1').on('error', () => undefined);
      const chunk = head.startsWith('transfer') ? `${whole.length.toString(16)}\r\n${whole}\r\n` : whole;
      socket.write(`POST /refund HTTP/1.1\r\nhost: x\r\ncontent-type: ${JSON_TYPE}\r\n${head}\r\n\r\n${chunk}`);
      await new Promise<void>((resolve) => socket.end(() => resolve()));
      await new Promise<void>((resolve) => socket.once('close', () => resolve()).resume());
    }
    expect(await readBooks()).toEqual(before);
  });

  it('that is not valid UTF-8 is refused, so two refundIds are never read as the same one', async () => {
    const before = await readBooks();
    for (const byte of [0x80, 0xc3, 0xff]) {
      const [head = '', tail = ''] = JSON.stringify({ ...newRefund(), refundId: 'a|b' }).split('|');
      const body = Buffer.concat([Buffer.from(head), Buffer.from([byte]), Buffer.from(tail)]);
      expectRefused(await send({ body, contentType: JSON_TYPE }), { body, contentType: JSON_TYPE });
    }
    expect(await readBooks()).toEqual(before);
  });
});

/** Adds the request to the message of a failed expectation. */
function withRequest({ body, contentType }: RefundRequest, expectations: () => void): void {
  try {
    expectations();
  } catch (error) {
    throw new Error(
      `request ${JSON.stringify(body.toString().slice(0, 1000))} as ${contentType}: ${(error as Error).message}`,
    );
  }
}

/** In an encoding that is not read: not UTF-8, or said to be another one. */
function isUnread(body: Buffer, contentType: string | null): boolean {
  if (contentType?.includes('charset=utf-16') && body.some((byte) => byte > 127)) return true;
  return !isUtf8(body) || body.subarray(0, 4).includes(0);
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return true;
  } catch {
    return false;
  }
}
