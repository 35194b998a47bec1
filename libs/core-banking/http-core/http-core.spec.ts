import type net from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CustomerId } from '@mpp/kernel';
import { ALIA, DONE, HttpCores, IBAN, MOVEMENT, REVERSAL, SOON, TOKEN } from '../../../test/support/http-cores.js';
import { type Arrived, KaspiPeer, type Reply } from '../../../test/support/kaspi-peer.js';
import { startTcpPeer } from '../../../test/support/tcp-peer.js';
import type { HttpCore } from './http-core.js';

const cores = new HttpCores();
let peer: KaspiPeer;
beforeAll(async () => {
  peer = await KaspiPeer.start();
  // What comes first takes longest; short times are for what is never answered.
  await cores.at(peer.url).outcome(MOVEMENT.operationId);
});
afterAll(() => peer.close());
afterEach(() => cores.close());
beforeEach(() => {
  peer.script = () => DONE;
  peer.arrived.length = 0;
});

const only = (): Arrived => {
  expect(peer.arrived).toHaveLength(1);
  return peer.arrived[0] as Arrived;
};

describe('a bank’s core is asked', () => {
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
    ['to debit', (core) => core.debit(MOVEMENT), '/v1/debits', { ...body, purpose: 'QR_PAYMENT' }],
    ['to credit', (core) => core.credit(MOVEMENT), '/v1/credits', { ...body, purpose: 'QR_REFUND' }],
    [
      'to give a debit back',
      (core) => core.reverse(REVERSAL),
      '/v1/reversals',
      {
        ...body,
        operationId: REVERSAL.operationId,
        debitId: MOVEMENT.operationId,
        purpose: 'QR_PAYMENT_REVERSAL',
      },
    ],
  ])('%s, under our id, with the bank’s own id of the account', async (_, ask, path, expected) => {
    await ask(cores.at(peer.url));
    const { method, path: asked, headers, body: sent } = only();
    expect({ method, asked }).toEqual({ method: 'POST', asked: path });
    expect(JSON.parse(sent)).toEqual(expected);
    expect(headers).toMatchObject({
      'idempotency-key': (expected as { operationId: string }).operationId,
      'content-type': 'application/json',
      authorization: `Bearer ${TOKEN}`,
    });
  });

  it('again with the same words, to the byte: it is to answer the same', async () => {
    const core = cores.at(peer.url);
    peer.script = (_, index) => (index === 0 ? 'reset' : DONE);
    expect((await core.debit(MOVEMENT)).kind).toBe('unknown');
    expect(await core.debit(MOVEMENT)).toEqual({ kind: 'done', coreReference: 'R-1' });
    const [first, second] = peer.arrived;
    expect(second).toEqual(first);
  });

  it('what became of an operation, and for a customer’s accounts: with questions that change nothing', async () => {
    const core = cores.at(peer.url);
    expect(await core.outcome(MOVEMENT.operationId)).toEqual({ kind: 'done', coreReference: 'R-1' });
    peer.script = () => ({ json: { accounts: [] } });
    expect(await core.accounts('A/B ?'.padEnd(6, '#') as CustomerId)).toEqual([]);
    expect(peer.arrived.map(({ method, path, body: sent }) => ({ method, path, sent }))).toEqual([
      { method: 'GET', path: `/v1/operations/${MOVEMENT.operationId}`, sent: '' },
      { method: 'GET', path: '/v1/customers/A%2FB%20%3F%23/accounts', sent: '' },
    ]);
    for (const { headers } of peer.arrived) {
      expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
      expect(headers['idempotency-key']).toBeUndefined();
    }
  });

  it('below the address that the bank names, with or without a stroke at its end', async () => {
    for (const end of ['/core/mpp', '/core/mpp/', '/core/mpp//']) await cores.at(peer.url + end).debit(MOVEMENT);
    expect(peer.arrived.map(({ path }) => path)).toEqual(Array(3).fill('/core/mpp/v1/debits'));
  });

  it('without a token where there is none', async () => {
    await cores.at(peer.url, { CORE_BANKING_TOKEN: '' }).debit(MOVEMENT);
    expect(only().headers.authorization).toBeUndefined();
  });

  it('over connections that are kept', async () => {
    const core = cores.at(peer.url);
    const before = peer.connections;
    for (let call = 0; call < 3; call++) await core.debit(MOVEMENT);
    expect(peer.connections - before).toBe(1);
  });

  it('questions while every operation hangs, and operations while questions do', async () => {
    const core = cores.at(peer.url, { CORE_BANKING_CONCURRENCY: '1', REFUND_CONCURRENCY: '1' });
    let release: () => void = () => undefined;
    const hanging = (blocked: string) => {
      const released = new Promise<Reply>((resolve) => {
        release = () => resolve('reset');
      });
      peer.script = ({ method }) => (method === blocked ? released : DONE);
    };
    hanging('POST');
    const operations = Array.from({ length: 4 }, () => core.debit(MOVEMENT));
    expect((await core.outcome(MOVEMENT.operationId)).kind).toBe('done');
    release();
    expect(new Set((await Promise.all(operations)).map(({ kind }) => kind))).toEqual(new Set(['unknown']));
    hanging('GET');
    const questions = Array.from({ length: 4 }, () => core.outcome(MOVEMENT.operationId));
    expect((await core.debit(MOVEMENT)).kind).toBe('done');
    release();
    await Promise.all(questions);
  });
});

describe('the core cannot have seen the operation where', () => {
  it('the connection is refused', async () => {
    const { host, close } = await startTcpPeer(() => undefined);
    await close();
    const unsent = { kind: 'unknown', sent: false, reason: 'ECONNREFUSED' };
    expect(await cores.at(`http://${host}`).debit(MOVEMENT)).toEqual(unsent);
    expect(await cores.at(`http://${host}`).outcome(MOVEMENT.operationId)).toEqual(unsent);
  });

  it('its name is unknown', async () => {
    expect(await cores.at('http://core.invalid').debit(MOVEMENT)).toMatchObject({ kind: 'unknown', sent: false });
  });

  it.each<[string, (socket: net.Socket) => void]>([
    ['the TLS handshake is cut off', (socket) => socket.resetAndDestroy()],
    ['the other side speaks no TLS', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['the TLS handshake is never answered', () => undefined],
  ])('%s', async (_, onConnection) => {
    const { host, close } = await startTcpPeer(onConnection);
    expect(await cores.at(`https://${host}`, SOON).debit(MOVEMENT)).toMatchObject({ kind: 'unknown', sent: false });
    await close();
  });
});

describe('an operation may have been carried out or not (R9) where', () => {
  it.each<[string, Reply, string]>([
    ['the connection is reset after it was sent', 'reset', 'ECONNRESET'],
    ['nothing comes back in time', 'hang', 'no answer in 300 ms'],
    ['the core is in trouble, whatever it says', { ...DONE, status: 500 }, 'HTTP 500'],
    ['the core is busy, whatever it says', { ...DONE, status: 429 }, 'HTTP 429'],
    ['the answer is a page', { text: '<html>' }, 'HTTP 200 without an outcome'],
    ['the answer is empty', { text: '' }, 'HTTP 200 without an outcome'],
    [
      'the answer is larger than any',
      { text: `{"operationId":"${MOVEMENT.operationId}","outcome":"DONE","x":"${'x'.repeat(1_100_000)}"}` },
      'ERR_BAD_RESPONSE',
    ],
    [
      'the answer is about another operation',
      { json: { operationId: REVERSAL.operationId, outcome: 'DONE' } },
      'the outcome of another operation',
    ],
    [
      'the core says that it has never seen what it was just asked for',
      { status: 404, json: { operationId: MOVEMENT.operationId, outcome: 'NEVER_SEEN' } },
      'it says that it has never seen what it was asked for',
    ],
  ])('%s', async (_, reply, reason) => {
    peer.script = () => reply;
    const core = cores.at(peer.url, reply === 'hang' ? SOON : {});
    expect(await core.debit(MOVEMENT)).toEqual({ kind: 'unknown', sent: true, reason });
    expect(peer.arrived).toHaveLength(1);
  });

  it.each<[string, (socket: net.Socket) => void, string]>([
    ['the answer is no HTTP', (socket) => socket.end('220 smtp.bank.kz ESMTP\r\n'), 'HPE_INVALID_CONSTANT'],
    [
      'half of the answer comes',
      (socket) => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n${JSON.stringify(DONE.json)}`),
      'ERR_BAD_RESPONSE',
    ],
    [
      'the answer drips in without an end: the time is for all of it',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
        const drip = setInterval(() => socket.write(' '), 20);
        socket.once('close', () => clearInterval(drip));
      },
      'no answer in 300 ms',
    ],
  ])('%s', async (_, answer, reason) => {
    const { host, close } = await startTcpPeer((socket) => socket.once('data', () => answer(socket)));
    const core = cores.at(`http://${host}`, reason.startsWith('no answer') ? SOON : {});
    expect(await core.debit(MOVEMENT)).toEqual({ kind: 'unknown', sent: true, reason });
    await close();
  });

  it('the core answers from somewhere else: nobody is sent there with a customer’s money', async () => {
    const { host, close } = await startTcpPeer((socket) =>
      socket.once('data', () =>
        socket.end(`HTTP/1.1 307 Temporary Redirect\r\nlocation: ${peer.url}/v1/debits\r\ncontent-length: 0\r\n\r\n`),
      ),
    );
    expect(await cores.at(`http://${host}`).debit(MOVEMENT)).toEqual({
      kind: 'unknown',
      sent: true,
      reason: 'HTTP 307 without an outcome',
    });
    expect(peer.arrived).toEqual([]);
    await close();
  });

  it('a kept connection turns out to be dead', async () => {
    const text = JSON.stringify(DONE.json);
    let requests = 0;
    const { host, close } = await startTcpPeer((socket) =>
      socket.on('data', () => {
        if (++requests > 1) socket.resetAndDestroy();
        else socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
      }),
    );
    const core = cores.at(`http://${host}`);
    expect((await core.debit(MOVEMENT)).kind).toBe('done');
    expect(await core.debit(MOVEMENT)).toMatchObject({ kind: 'unknown', sent: true });
    await close();
  });
});

it('each call is counted by its kind and outcome', async () => {
  const core = cores.at(peer.url);
  await core.debit(MOVEMENT);
  peer.script = () => 'reset';
  await core.reverse(REVERSAL);
  await core.accounts(ALIA).catch(() => undefined);
  const text = await cores.metrics.registry.metrics();
  for (const [method, outcome] of [
    ['debit', 'done'],
    ['reversal', 'unknown'],
    ['accounts', 'unknown'],
  ]) {
    expect(text).toContain(`mpp_core_call_duration_seconds_count{method="${method}",outcome="${outcome}"} 1`);
  }
});

it('an operation is logged by its id, outcome and time', async () => {
  await cores.at(peer.url).debit(MOVEMENT);
  expect(cores.lines.at(-1)).toMatch(/^debit 019a0000-0000-7000-8000-000000000001 done \d+ ms$/);
});

it('nothing of the customer and nothing of the token is in the log, whatever happened in this file', () => {
  cores.expectNothingPersonal();
});
