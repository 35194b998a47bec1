import type net from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { CoreAndClients, DONE, MOVEMENT, REVERSAL, SHORT_TIMEOUT } from '../../../test/support/http-cores.js';
import type { Reply } from '../../../test/support/kaspi-peer.js';
import { startTcpPeer } from '../../../test/support/tcp-peer.js';

const fixture = new CoreAndClients();
const { cores } = fixture;

describe('the core cannot have received the operation if', () => {
  it('the connection is refused', async () => {
    const { host, close } = await startTcpPeer(() => undefined);
    await close();
    const notSent = { kind: 'unknown', sent: false, reason: 'ECONNREFUSED' };
    expect(await cores.at(`http://${host}`).requestDebit(MOVEMENT)).toEqual(notSent);
    expect(await cores.at(`http://${host}`).findOutcome(MOVEMENT.operationId)).toEqual(notSent);
  });

  it('its name is unknown', async () => {
    expect(await cores.at('http://core.invalid').requestDebit(MOVEMENT)).toMatchObject({
      kind: 'unknown',
      sent: false,
    });
  });

  it.each<[string, (socket: net.Socket) => void]>([
    ['the TLS handshake is reset', (socket) => socket.resetAndDestroy()],
    ['the peer does not speak TLS', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['the TLS handshake is never answered', () => undefined],
  ])('%s', async (_, onConnection) => {
    const { host, close } = await startTcpPeer(onConnection);
    const core = cores.at(`https://${host}`, SHORT_TIMEOUT);
    expect(await core.requestDebit(MOVEMENT)).toMatchObject({ kind: 'unknown', sent: false });
    await close();
  });
});

describe('the operation may have been executed or not (R9) if', () => {
  it.each<[string, Reply, string]>([
    ['the connection is reset after the request was sent', 'reset', 'ECONNRESET'],
    ['no answer comes in time', 'hang', 'no answer in 300 ms'],
    ['the status is 500, whatever the body', { ...DONE, status: 500 }, 'HTTP 500'],
    ['the status is 429, whatever the body', { ...DONE, status: 429 }, 'HTTP 429'],
    ['the answer is HTML', { text: '<html>' }, 'HTTP 200 without an outcome'],
    ['the answer is empty', { text: '' }, 'HTTP 200 without an outcome'],
    [
      'the answer is larger than 1 MB',
      { text: `{"operationId":"${MOVEMENT.operationId}","outcome":"DONE","x":"${'x'.repeat(1_100_000)}"}` },
      'ERR_BAD_RESPONSE',
    ],
    [
      'the answer has the id of another operation',
      { json: { operationId: REVERSAL.operationId, outcome: 'DONE' } },
      'the outcome of another operation',
    ],
    [
      'the core answers NEVER_SEEN to the operation itself',
      { status: 404, json: { operationId: MOVEMENT.operationId, outcome: 'NEVER_SEEN' } },
      'NEVER_SEEN in answer to the operation itself',
    ],
  ])('%s', async (_, reply, reason) => {
    fixture.peer.script = () => reply;
    const core = fixture.client(reply === 'hang' ? SHORT_TIMEOUT : {});
    expect(await core.requestDebit(MOVEMENT)).toEqual({ kind: 'unknown', sent: true, reason });
    expect(fixture.peer.arrived).toHaveLength(1);
  });

  it.each<[string, (socket: net.Socket) => void, string]>([
    ['the answer is not HTTP', (socket) => socket.end('220 smtp.bank.kz ESMTP\r\n'), 'HPE_INVALID_CONSTANT'],
    [
      'half of the answer arrives',
      (socket) => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n${JSON.stringify(DONE.json)}`),
      'ERR_BAD_RESPONSE',
    ],
    [
      'the answer arrives byte by byte without an end: the timeout covers all of it',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
        const timer = setInterval(() => socket.write(' '), 20);
        socket.once('close', () => clearInterval(timer));
      },
      'no answer in 300 ms',
    ],
  ])('%s', async (_, answer, reason) => {
    const { host, close } = await startTcpPeer((socket) => socket.once('data', () => answer(socket)));
    const core = cores.at(`http://${host}`, reason.startsWith('no answer') ? SHORT_TIMEOUT : {});
    expect(await core.requestDebit(MOVEMENT)).toEqual({ kind: 'unknown', sent: true, reason });
    await close();
  });

  it('the core redirects: a redirect is not followed', async () => {
    const { host, close } = await startTcpPeer((socket) =>
      socket.once('data', () =>
        socket.end(
          `HTTP/1.1 307 Temporary Redirect\r\nlocation: ${fixture.peer.url}/v1/debits\r\ncontent-length: 0\r\n\r\n`,
        ),
      ),
    );
    expect(await cores.at(`http://${host}`).requestDebit(MOVEMENT)).toEqual({
      kind: 'unknown',
      sent: true,
      reason: 'HTTP 307 without an outcome',
    });
    expect(fixture.peer.arrived).toEqual([]);
    await close();
  });

  it('a kept connection was closed by the peer', async () => {
    const text = JSON.stringify(DONE.json);
    let requests = 0;
    const { host, close } = await startTcpPeer((socket) =>
      socket.on('data', () => {
        if (++requests > 1) socket.resetAndDestroy();
        else socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
      }),
    );
    const core = cores.at(`http://${host}`);
    expect((await core.requestDebit(MOVEMENT)).kind).toBe('done');
    expect(await core.requestDebit(MOVEMENT)).toMatchObject({ kind: 'unknown', sent: true });
    await close();
  });
});

it('the log contains neither personal data nor the token, in all tests of this file', () => {
  cores.expectNoSecretsInLog();
});
