import http from 'node:http';
import https from 'node:https';
import type { AxiosInstance, AxiosRequestConfig } from 'axios';
import { isAxiosError } from 'axios';
import { type Connection, watchedTransport } from './watched-transport.js';

/** A connection that was idle for longer is closed. */
const LONGEST_IDLE_MS = 60_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

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
  } as const;
  return { httpAgent: new http.Agent(options), httpsAgent: new https.Agent({ ...options, ...tls }) };
}

export function closeConnections({ httpAgent, httpsAgent }: KeptConnections): void {
  httpAgent.destroy();
  httpsAgent.destroy();
}

/** Closes the connections that no request uses: they are likely as stale as the one that was reset. */
function dropIdleConnections({ httpAgent, httpsAgent }: KeptConnections): void {
  for (const sockets of [httpAgent, httpsAgent].flatMap(({ freeSockets }) => Object.values(freeSockets)))
    for (const socket of sockets ?? []) socket.destroy();
}

const RESETS: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/**
 * Sends a request once, without redirects or a proxy, and returns its result. After a stale connection the next attempt gets a new
 * one. Does not throw for errors of the peer or the network. Source: R9.
 */
export async function attemptHttp(axios: AxiosInstance, request: HttpRequest): Promise<HttpResult> {
  const { url, method, headers, body, timeoutMs, connections } = request;
  const connection: Connection = { made: false, reused: false, answered: false };
  // axios's own timeout restarts with each byte received.
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { status, data } = await axios.request<string>({
      url,
      method,
      data: body,
      ...(headers !== undefined && { headers }),
      signal,
      ...connections,
      transport: watchedTransport(url.startsWith('https:'), connection),
      maxContentLength: MAX_ANSWER_BYTES,
      maxRedirects: 0,
      responseType: 'text',
      transformRequest: (text: string) => text,
      transformResponse: (text: string) => text,
      validateStatus: () => true,
      proxy: false,
    });
    return { status, text: data };
  } catch (error) {
    if (!isAxiosError(error)) throw error;
    const reason = signal.aborted ? `no answer in ${timeoutMs} ms` : (error.code ?? error.message);
    const isStale = connection.reused && !connection.answered && !signal.aborted && RESETS.has(error.code);
    if (!isStale) return { sent: connection.made, reason };
    dropIdleConnections(connections);
    return { sent: true, reason, stale: true };
  }
}
