import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { AxiosInstance, AxiosRequestConfig } from 'axios';
import { isAxiosError } from 'axios';
import { type Connection, watchedTransport } from './watched-transport.js';

/** A connection that was idle for longer is closed. */
const LONGEST_IDLE_MS = 60_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** An answer that nobody reads is received up to this length, so that its connection can be used again. */
const MAX_DISCARDED_BYTES = 64 * 1024;

/** The connections that one kind of call reuses. */
export interface KeptConnections {
  readonly httpAgent: http.Agent;
  readonly httpsAgent: https.Agent;
}

export interface HttpRequest extends Pick<AxiosRequestConfig, 'headers'> {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  /** Sent as it is. */
  readonly body?: string;
  /** From the first byte sent to the last byte received. */
  readonly timeoutMs: number;
  readonly connections: KeptConnections;
  /** Only the status counts: `text` is empty, and an answer whose body is long or broken is an answer. */
  readonly discardAnswer?: boolean;
}

/**
 * An HTTP answer of any status, or no answer. `sent`: some bytes of the request may have arrived (R9). `stale`: a connection that an earlier request
 * had used was reset before any answer, as firewalls do with connections that were idle: it says nothing about the peer.
 */
export type HttpResult =
  | { readonly status: number; readonly text: string }
  | { readonly sent: boolean; readonly reason: string; readonly stale?: true };

export function keepConnections(maxSockets: number, tls: https.AgentOptions = {}): KeptConnections {
  const options = {
    keepAlive: true,
    keepAliveMsecs: 10_000,
    maxSockets,
    maxFreeSockets: 64,
    scheduling: 'lifo',
    timeout: LONGEST_IDLE_MS,
    // A host whose first address does not answer is reached by its next one.
    autoSelectFamily: true,
  } as const;
  return { httpAgent: new http.Agent(options), httpsAgent: new https.Agent({ ...options, ...tls }) };
}

export function closeConnections({ httpAgent, httpsAgent }: KeptConnections): void {
  httpAgent.destroy();
  httpsAgent.destroy();
}

/** Closes the connections that no request uses: they are likely as dead as the one that was reset or did not answer. */
function dropIdleConnections({ httpAgent, httpsAgent }: KeptConnections): void {
  for (const sockets of [httpAgent, httpsAgent].flatMap(({ freeSockets }) => Object.values(freeSockets)))
    for (const socket of sockets ?? []) socket.destroy();
}

const RESETS: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/**
 * Sends a request once, without redirects or a proxy, and returns its result. After a kept connection that was reset or silent the next attempt
 * gets a new one. Does not throw for errors of the peer or the network. Source: R9.
 */
export async function attemptHttp(axios: AxiosInstance, request: HttpRequest): Promise<HttpResult> {
  const { url, method, headers, body, timeoutMs, connections, discardAnswer = false } = request;
  const connection: Connection = { made: false, reused: false, answered: false };
  // axios's own timeout restarts with each byte received.
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { status, data } = await axios.request<string | Readable>({
      url,
      method,
      data: body,
      ...(headers !== undefined && { headers }),
      signal,
      ...connections,
      transport: watchedTransport(url.startsWith('https:'), connection),
      ...(discardAnswer
        ? { responseType: 'stream', decompress: false }
        : { responseType: 'text', maxContentLength: MAX_ANSWER_BYTES }),
      maxRedirects: 0,
      transformRequest: (text: string) => text,
      transformResponse: (text: string) => text,
      validateStatus: () => true,
      proxy: false,
    });
    if (typeof data === 'string') return { status, text: data };
    await discard(data);
    return { status, text: '' };
  } catch (error) {
    if (!isAxiosError(error)) throw error;
    // The message may contain the URL, and with it a secret.
    const reason = signal.aborted ? `no answer in ${timeoutMs} ms` : (error.code ?? 'no answer');
    const isSilent = connection.reused && !connection.answered;
    // A peer that moved to another address leaves connections on which nothing is answered any more.
    if (isSilent && (signal.aborted || RESETS.has(error.code))) dropIdleConnections(connections);
    if (isSilent && !signal.aborted && RESETS.has(error.code)) return { sent: true, reason, stale: true };
    return { sent: connection.made, reason };
  }
}

async function discard(answer: Readable): Promise<void> {
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_DISCARDED_BYTES) answer.destroy();
  });
  answer.on('error', () => undefined);
  await finished(answer).catch(() => undefined);
}
