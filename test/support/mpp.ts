import { expect } from '@jest/globals';
import { Settings } from '@mpp/config';
import type { Clock } from '@mpp/kernel';
import { type RunningServer, startServer } from '../../apps/mpp-server/start.js';
import { TestClock } from './test-clock.js';

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface PaymentBody extends Record<string, unknown> {
  id: string;
  status: string;
  amount: string | null;
  receipt: { linkReceipt: string; pdfReceipt: string } | null;
  failure: { code: string; message: string } | null;
}

export interface TrialBalanceBody extends Record<string, unknown> {
  balanced: boolean;
  lines: { account: string; debit: string; credit: string }[];
}

let customers = 0;

/** A client of one server, like an app or an operator: over HTTP, with a token. */
export class Mpp {
  private readonly tokens = new Map<string, Promise<string>>();

  constructor(readonly url: string) {}

  async call<Body = Record<string, unknown>>(
    method: string,
    path: string,
    options: { token?: string | null; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer<Body>> {
    const { token, body, headers } = options;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? 'json');
    const answer = (text === '' || !isJson ? {} : JSON.parse(text)) as Body;
    return { status: response.status, headers: response.headers, body: answer };
  }

  private async *events(path: string, token: string): AsyncGenerator<PaymentBody> {
    const gone = new AbortController();
    try {
      const response = await fetch(this.url + path, {
        headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
        signal: gone.signal,
      });
      if (response.status !== 200 || response.body === null) throw new Error(`HTTP ${response.status}`);
      let text = '';
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const events = text.split('\n\n');
        text = events.pop() ?? '';
        for (const event of events) {
          const data = /^event: payment\ndata: (.*)$/.exec(event)?.[1];
          if (data !== undefined) yield JSON.parse(data) as PaymentBody;
        }
      }
    } finally {
      gone.abort();
    }
  }

  customerToken(customerId: string): Promise<string> {
    return this.token({ customerId });
  }

  teamToken(...roles: string[]): Promise<string> {
    return this.token({ roles });
  }

  async as(customerId: string) {
    const token = await this.customerToken(customerId);
    return {
      scan: (qrCode: string) =>
        this.call<{ qrCodeType: string; payment: PaymentBody }>('POST', '/v1/scans', { token, body: { qrCode } }),
      confirm: (id: string, body: object = {}) =>
        this.call<PaymentBody>('POST', `/v1/payments/${id}/confirm`, { token, body }),
      checkout: (id: string, parameters: unknown) =>
        this.call<PaymentBody>('POST', `/v1/payments/${id}/checkout`, { token, body: { parameters } }),
      cancel: (id: string) => this.call<PaymentBody>('POST', `/v1/payments/${id}/cancel`, { token }),
      /** The payment after each change; leaving the loop closes the stream. */
      events: (id: string) => this.events(`/v1/payments/${id}/events`, token),
      payment: (id: string) => this.call<PaymentBody>('GET', `/v1/payments/${id}`, { token }),
      payments: (query = '') =>
        this.call<{ items: PaymentBody[]; nextCursor: string | null }>('GET', `/v1/payments${query}`, { token }),
      receipt: (id: string, query = '') =>
        this.call<{ linkReceipt: string }>('GET', `/v1/payments/${id}/receipt${query}`, { token }),
      accounts: () => this.call<{ items: { id: string; balance: string }[] }>('GET', '/v1/accounts', { token }),
      balance: async () =>
        (await this.call<{ items: { balance: string }[] }>('GET', '/v1/accounts', { token })).body.items[0]?.balance,
    };
  }

  /** Uploads a registry as accounting does. */
  async upload(content: Uint8Array, name = 'registry.xlsx', field = 'file'): Promise<Answer<{ id: string }>> {
    const body = new FormData();
    body.append(field, new Blob([content as Uint8Array<ArrayBuffer>]), name);
    const authorization = `Bearer ${await this.teamToken('accounting')}`;
    const response = await fetch(`${this.url}/ops/v1/registries`, { method: 'POST', headers: { authorization }, body });
    return { status: response.status, headers: response.headers, body: (await response.json()) as { id: string } };
  }

  /** Opens an account with this balance for the customer. Returns the account's id. */
  async open(customerId: string, amount: string): Promise<string> {
    const token = await this.teamToken('accounting');
    const account = await this.call<{ id: string }>('POST', '/ops/v1/accounts', {
      token,
      body: { customerId, name: 'Основной счёт' },
    });
    if (amount !== '0.00') {
      const body = { amount, reference: `opening-${account.body.id}` };
      await this.call('POST', `/ops/v1/accounts/${account.body.id}/deposits`, { token, body });
    }
    return account.body.id;
  }

  /** A new customer with an account with this balance. */
  async customer(balance = '1000.00') {
    const id = `9009${String(++customers).padStart(8, '0')}`;
    const account = await this.open(id, balance);
    return { id, account, ...(await this.as(id)) };
  }

  async trialBalance(): Promise<TrialBalanceBody> {
    const token = await this.teamToken('accounting');
    return (await this.call<TrialBalanceBody>('GET', '/ops/v1/ledger/trial-balance', { token })).body;
  }

  async resolve(
    id: string,
    outcome: string,
    reason = 'confirmed with Kaspi by telephone',
  ): Promise<Answer<PaymentBody>> {
    const token = await this.teamToken('operations');
    return this.call('POST', `/ops/v1/payments/${id}/resolve`, { token, body: { outcome, reason } });
  }

  /** They are valid for a week: for tests whose clock goes further. */
  forgetTokens(): void {
    this.tokens.clear();
  }

  private token(who: { customerId: string } | { roles: string[] }): Promise<string> {
    const key = JSON.stringify(who);
    const cached = this.tokens.get(key);
    if (cached !== undefined) return cached;
    const token = this.call<{ token: string }>('POST', '/dev/token', { body: who }).then((answer) => answer.body.token);
    this.tokens.set(key, token);
    return token;
  }
}

export interface TestServer extends RunningServer {
  readonly mpp: Mpp;
}

/** Loading the whole server takes seconds for each file, so `npm test` starts none but for the contract. */
const STARTS_SERVERS = /\.e2e\.spec\.ts$|\/test\//;

/**
 * Starts a whole server in this process on free ports, with production settings except for the given ones. Its clock is compared
 * with that of the database; a TestClock with its own one, because nobody can move PostgreSQL's.
 */
export async function startTestServer(
  env: Record<string, string>,
  clock?: Clock,
  databaseClock = clock instanceof TestClock ? clock.ofDatabase : undefined,
): Promise<TestServer> {
  const { testPath = '' } = expect.getState();
  if (!STARTS_SERVERS.test(testPath)) throw new Error(`${testPath} starts a server: name it *.e2e.spec.ts`);
  const server = await startServer(Settings.read({ ...QUIET, ...env }), clock, databaseClock);
  return { ...server, mpp: new Mpp(server.publicUrl) };
}

/** Free ports on loopback, no log, no migration: the template database is migrated. */
export const QUIET = {
  NODE_ENV: 'test',
  PORT: '0',
  HOST: '127.0.0.1',
  KASPI_LISTEN_PORT: '0',
  KASPI_LISTEN_HOST: '127.0.0.1',
  // A slow machine is not a PS that does not answer.
  SCAN_TIMEOUT_MS: '10000',
  DATABASE_CONNECT_TIMEOUT_MS: '60000',
  // Nor is it a refund that cannot be decided.
  KASPI_ANSWER_WITHIN_MS: '60000',
  // A PS that fails in one test does not count as away in the next.
  KASPI_AWAY_AFTER: '1000000',
  LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
  MIGRATE_ON_START: 'off',
};
