import { beforeAll, expect } from '@jest/globals';
import { paymentFixture } from '../support/payment-fixture.js';
import type { ProblemAnswer } from '../support/problems.js';

export const ALIA = '900900000001';
const BEKZAT = '900900000002';
export const JSON_TYPE = { 'content-type': 'application/json' };

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

/** A server with two customers and their payments, for requests of Alia that need not be valid. */
export function twoCustomers() {
  const fixture = paymentFixture();
  const data = {} as {
    alia: string;
    bekzat: string;
    /** Alia's payment, to be confirmed. */
    mine: string;
    /** Bekzat's payment, to be confirmed. */
    theirs: string;
    /** Bekzat's payment with a receipt. */
    theirsPaid: string;
    myAccount: string;
    theirAccount: string;
  };

  beforeAll(async () => {
    const { mpp } = fixture.server;
    [data.myAccount, data.theirAccount] = await Promise.all([mpp.open(ALIA, '1000.00'), mpp.open(BEKZAT, '1000.00')]);
    [data.alia, data.bekzat] = await Promise.all([mpp.customerToken(ALIA), mpp.customerToken(BEKZAT)]);
    const [a, b] = [await mpp.as(ALIA), await mpp.as(BEKZAT)];
    data.mine = (await a.scan('alia')).body.payment.id;
    data.theirs = (await b.scan('bekzat')).body.payment.id;
    data.theirsPaid = (await b.scan('bekzat-paid')).body.payment.id;
    expect((await b.confirm(data.theirsPaid)).body.status).toBe('CONFIRMED');
  });

  /** Sends a request as given: body and headers need not be valid. */
  async function send(
    method: string,
    path: string,
    {
      token = data.alia,
      body,
      headers,
    }: { token?: string | null; body?: string; headers?: Record<string, string> } = {},
  ): Promise<ProblemAnswer> {
    const response = await fetch(fixture.server.publicUrl + path, {
      method,
      headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...headers },
      ...(body !== undefined && { body: Buffer.from(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
  }

  const sendJson = (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    send(method, path, {
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { ...JSON_TYPE, ...headers },
    });
  const scan = (body: unknown) => sendJson('POST', '/v1/scans', body);
  const confirm = (body: unknown, id = data.mine) => sendJson('POST', `/v1/payments/${id}/confirm`, body);

  /** A checksum of every table, the books, and the number of calls to the PS. */
  async function readState(): Promise<unknown> {
    const sums = TABLES.map(
      (table) =>
        `select '${table}' as table, count(*)::int as rows, md5(string_agg(t::text, ',' order by t::text)) as sum from ${table} t`,
    );
    const rows = await fixture.database.query(sums.join(' union all '));
    const { balanced, lines } = await fixture.server.mpp.trialBalance();
    return { rows, calls: fixture.kaspi.arrived.length, books: { balanced, lines } };
  }

  return { fixture, data, send, sendJson, scan, confirm, readState };
}
