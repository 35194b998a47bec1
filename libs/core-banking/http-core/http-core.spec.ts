import { describe, expect, it } from '@jest/globals';
import type { CustomerId } from '@mpp/kernel';
import { ALIA, CoreAndClients, DONE, IBAN, MOVEMENT, REVERSAL, TOKEN } from '../../../test/support/http-cores.js';
import type { Reply } from '../../../test/support/kaspi-peer.js';
import type { HttpCore } from './http-core.js';

const fixture = new CoreAndClients();
const { cores } = fixture;

describe('a request to a bank’s core', () => {
  const body = {
    operationId: MOVEMENT.operationId,
    customerId: ALIA,
    accountId: IBAN,
    amount: '150.50',
    currency: 'KZT',
    reference: MOVEMENT.reference,
    description: 'Kaspi QR: Coffee Bar',
  };

  it.each<[string, (core: HttpCore) => Promise<unknown>, string, object]>([
    ['a debit', (core) => core.requestDebit(MOVEMENT), '/v1/debits', { ...body, purpose: 'QR_PAYMENT' }],
    ['a credit', (core) => core.requestCredit(MOVEMENT), '/v1/credits', { ...body, purpose: 'QR_REFUND' }],
    [
      'a reversal',
      (core) => core.requestReversal(REVERSAL),
      '/v1/reversals',
      {
        ...body,
        operationId: REVERSAL.operationId,
        debitId: MOVEMENT.operationId,
        purpose: 'QR_PAYMENT_REVERSAL',
      },
    ],
  ])('for %s has our operation id and the bank’s id of the account', async (_, request, path, expected) => {
    await request(fixture.client());
    const received = fixture.onlyRequest;
    expect({ method: received.method, path: received.path }).toEqual({ method: 'POST', path });
    expect(JSON.parse(received.body)).toEqual(expected);
    expect(received.headers).toMatchObject({
      'idempotency-key': (expected as { operationId: string }).operationId,
      'content-type': 'application/json',
      authorization: `Bearer ${TOKEN}`,
    });
  });

  it('is repeated byte for byte, so that the core gives the same answer', async () => {
    const core = fixture.client();
    fixture.peer.script = (_, index) => (index === 0 ? 'reset' : DONE);
    expect((await core.requestDebit(MOVEMENT)).kind).toBe('unknown');
    expect(await core.requestDebit(MOVEMENT)).toEqual({ kind: 'done', coreReference: 'R-1' });
    const [first, second] = fixture.peer.arrived;
    expect(second).toEqual(first);
  });

  it('for an outcome or a customer’s accounts is a GET without an idempotency key', async () => {
    const core = fixture.client();
    expect(await core.findOutcome(MOVEMENT.operationId)).toEqual({ kind: 'done', coreReference: 'R-1' });
    fixture.peer.script = () => ({ json: { accounts: [] } });
    expect(await core.findAccounts('A/B ?'.padEnd(6, '#') as CustomerId)).toEqual([]);
    expect(fixture.peer.arrived.map(({ method, path, body: sent }) => ({ method, path, sent }))).toEqual([
      { method: 'GET', path: `/v1/operations/${MOVEMENT.operationId}`, sent: '' },
      { method: 'GET', path: '/v1/customers/A%2FB%20%3F%23/accounts', sent: '' },
    ]);
    for (const { headers } of fixture.peer.arrived) {
      expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
      expect(headers['idempotency-key']).toBeUndefined();
    }
  });

  it('is sent below CORE_BANKING_URL, with or without a slash at its end', async () => {
    for (const path of ['/core/mpp', '/core/mpp/', '/core/mpp//'])
      await fixture.client({}, path).requestDebit(MOVEMENT);
    expect(fixture.peer.arrived.map(({ path }) => path)).toEqual(Array(3).fill('/core/mpp/v1/debits'));
  });

  it('has no token if none is set', async () => {
    await fixture.client({ CORE_BANKING_TOKEN: '' }).requestDebit(MOVEMENT);
    expect(fixture.onlyRequest.headers.authorization).toBeUndefined();
  });

  it('uses a kept connection', async () => {
    const core = fixture.client();
    const before = fixture.peer.connections;
    for (let call = 0; call < 3; call++) await core.requestDebit(MOVEMENT);
    expect(fixture.peer.connections - before).toBe(1);
  });

  it('for an outcome is sent while every operation hangs, and an operation while every GET hangs', async () => {
    const core = fixture.client({ CORE_BANKING_CONCURRENCY: '1', REFUND_CONCURRENCY: '1' });
    let release: () => void = () => undefined;
    const blockMethod = (blocked: string) => {
      const released = new Promise<Reply>((resolve) => {
        release = () => resolve('reset');
      });
      fixture.peer.script = ({ method }) => (method === blocked ? released : DONE);
    };
    blockMethod('POST');
    const operations = Array.from({ length: 4 }, () => core.requestDebit(MOVEMENT));
    expect((await core.findOutcome(MOVEMENT.operationId)).kind).toBe('done');
    release();
    expect(new Set((await Promise.all(operations)).map(({ kind }) => kind))).toEqual(new Set(['unknown']));
    blockMethod('GET');
    const inquiries = Array.from({ length: 4 }, () => core.findOutcome(MOVEMENT.operationId));
    expect((await core.requestDebit(MOVEMENT)).kind).toBe('done');
    release();
    await Promise.all(inquiries);
  });

  it('is counted by its method and outcome', async () => {
    const core = fixture.client();
    await core.requestDebit(MOVEMENT);
    fixture.peer.script = () => 'reset';
    await core.requestReversal(REVERSAL);
    await core.findAccounts(ALIA).catch(() => undefined);
    const text = await cores.metrics.registry.metrics();
    for (const [method, outcome] of [
      ['debit', 'done'],
      ['reversal', 'unknown'],
      ['accounts', 'unknown'],
    ]) {
      expect(text).toContain(`mpp_core_call_duration_seconds_count{method="${method}",outcome="${outcome}"} 1`);
    }
  });

  it('for an operation is logged with its id, outcome and time', async () => {
    await fixture.client().requestDebit(MOVEMENT);
    expect(cores.lines.at(-1)).toMatch(/^debit 019a0000-0000-7000-8000-000000000001 done \d+ ms$/);
  });
});

it('the log contains neither personal data nor the token, in all tests of this file', () => {
  cores.expectNoSecretsInLog();
});
