import dns from 'node:dns';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import net from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import axios from 'axios';
import { certify } from '../../../test/support/certificates.js';
import { KaspiPeer } from '../../../test/support/kaspi-peer.js';
import { startTcpPeer } from '../../../test/support/tcp-peer.js';
import { TcpProxy } from '../../../test/support/tcp-proxy.js';
import { attemptHttp, closeConnections, type KeptConnections, keepConnections } from './http-attempt.js';

const SHORT_MS = 300;
const LONG_MS = 60_000;
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';

describe('An attempt', () => {
  let connections: KeptConnections;

  afterEach(() => {
    jest.restoreAllMocks();
    closeConnections(connections);
  });

  const get = (url: string, timeoutMs = LONG_MS) =>
    attemptHttp(axios.create(), { url, method: 'GET', timeoutMs, connections });

  it('that is not answered on a kept connection is the only one: a peer that moved is reached on new connections', async () => {
    connections = keepConnections(8);
    const sockets: Socket[] = [];
    const moved = new Set<Socket>();
    const peer = await startTcpPeer((socket) => {
      sockets.push(socket);
      socket.on('data', () => !moved.has(socket) && socket.write(ANSWER));
    });
    const url = `http://${peer.host}/`;
    await Promise.all([get(url), get(url), get(url)]);
    for (const socket of sockets) moved.add(socket);
    expect(await get(url, SHORT_MS)).toEqual({ sent: true, reason: `no answer in ${SHORT_MS} ms` });
    expect(await Promise.all([get(url), get(url)])).toEqual(Array(2).fill({ status: 200, text: '{}' }));
    expect(sockets).toHaveLength(5);
    await peer.close();
  });

  it('whose TLS handshake is not answered gives its place to the next one', async () => {
    const identity = certify('localhost', null, 'server');
    connections = keepConnections(1, { ca: identity.cert, servername: 'localhost' });
    const kaspi = await KaspiPeer.start(() => ({ json: {} }), identity);
    const upstream = new URL(kaspi.url);
    let accepted = 0;
    const box = new TcpProxy(
      () => net.connect(Number(upstream.port), upstream.hostname),
      (client, peer) => {
        if (++accepted > 1) client.pipe(peer).pipe(client);
      },
    );
    await box.open();
    const url = `https://127.0.0.1:${box.port}/`;
    expect(await get(url, SHORT_MS)).toEqual({ sent: false, reason: `no answer in ${SHORT_MS} ms` });
    expect(await get(url)).toMatchObject({ status: 200 });
    await box.close();
    await kaspi.close();
  });

  it('reaches a host whose first address leads nowhere, and asks for its addresses again for each connection', async () => {
    connections = keepConnections(8);
    const server = http.createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    // RFC 5737 and RFC 3849: no host has these.
    const addresses = ['2001:db8::1', '192.0.2.1', '127.0.0.1'].map((address) => ({
      address,
      family: net.isIP(address),
    }));
    const lookup = jest
      .spyOn(dns, 'lookup')
      .mockImplementation(((_host: string, _options: object, callback: (...answer: unknown[]) => void) =>
        callback(null, addresses)) as never);
    const url = `http://kaspi.test:${(server.address() as AddressInfo).port}/`;
    expect(await get(url)).toEqual({ status: 200, text: '{}' });
    expect(await get(url)).toEqual({ status: 200, text: '{}' });
    expect(lookup).toHaveBeenCalledTimes(1);
    closeConnections(connections);
    expect(await get(url)).toEqual({ status: 200, text: '{}' });
    expect(lookup).toHaveBeenCalledTimes(2);
    server.close();
    server.closeAllConnections();
  });
});
