import { beforeAll, describe, expect, it } from '@jest/globals';
import { refundsFixture } from '../../e2e/refunds-fixture.js';
import { happyKaspi } from '../../support/kaspi-peer.js';
import { entriesOf } from './entries.js';

/** A body as a text, as bytes, or as a valid one with other fields: each a JSON text, or null if it is left out. */
type Request = { readonly headers?: Record<string, string> } & (
  | { readonly text: string }
  | { readonly base64: string }
  | { readonly fields: Readonly<Record<string, string | null>> }
);

/** Without a `resultCode` the answer has no body. `refunded`: what the payment's customer gets. */
interface Answer {
  readonly status: number;
  readonly resultCode?: string;
  readonly resultMessage?: string;
  readonly refunded?: string;
}

const { fixture, ps } = refundsFixture();
let refunds = 0;

function bodyOf(request: Request): string | Uint8Array {
  if ('text' in request) return request.text;
  if ('base64' in request) return Buffer.from(request.base64, 'base64');
  const valid = {
    refundId: `"World${++refunds}"`,
    customerId: '"900900000001"',
    paymentId: '"ps-world"',
    refundAmount: '"1.00"',
    linkReceipt: '"https://receipt.kaspi.kz/ext?TranId=a3ffba1a-5add"',
  };
  const fields = Object.entries({ ...valid, ...request.fields }).filter(([, json]) => json !== null);
  return `{${fields.map(([name, json]) => `"${name}":${json}`).join(',')}}`;
}

/** Customer 900900000001 has paid 1000.00 for the purchase ps-world; customer 900900000002 exists. */
describe('refunds.json: a call of /refund (4.4)', () => {
  let tiynRefunded: () => Promise<number>;

  beforeAll(async () => {
    fixture.kaspi.script = happyKaspi({ amount: '1000.00' });
    const { mpp } = fixture.server;
    await mpp.open('900900000001', '1000.00');
    await mpp.open('900900000002', '0.00');
    const customer = await mpp.as('900900000001');
    const { id } = (await customer.scan('world')).body.payment;
    expect((await customer.confirm(id)).body.status).toBe('CONFIRMED');
    tiynRefunded = async () => Math.round(Number((await customer.payment(id)).body.refundedAmount) * 100);
  });

  it.each(entriesOf<Request, Answer>('refunds'))('%s', async (_, { input, right }) => {
    const before = await tiynRefunded();
    const { status, resultCode, resultMessage, refunded = '0' } = right;
    const reply = await ps().send(bodyOf(input), input.headers);
    expect(reply).toMatchObject({ status, result: resultCode === undefined ? null : { resultCode, resultMessage } });
    expect((await tiynRefunded()) - before).toBe(Math.round(Number(refunded) * 100));
  });
});
