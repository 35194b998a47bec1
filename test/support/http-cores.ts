import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { Settings } from '@mpp/config';
import { type CustomerId, Money } from '@mpp/kernel';
import { Metrics } from '@mpp/platform';
import { HttpService } from '@nestjs/axios';
import { Logger } from '@nestjs/common';
import { accountIdOf, HttpCore } from '../../libs/core-banking/http-core/http-core.js';
import { type Arrived, KaspiPeer } from './kaspi-peer.js';

export const ALIA = '900900000001' as CustomerId;
export const TOKEN = 'the-token-of-the-core';
export const IBAN = 'KZ75125KZT1001300335';
export const AT_BANK = { id: IBAN, name: 'Зарплатный', currency: 'KZT', balance: '1000.00', status: 'OPEN' };

export const MOVEMENT = {
  operationId: '019a0000-0000-7000-8000-000000000001',
  customerId: ALIA,
  accountId: accountIdOf(ALIA, IBAN),
  coreAccount: IBAN,
  amount: Money.parse('150.50'),
  reference: '019a0000-0000-7000-8000-000000000002',
  description: 'Kaspi QR: Coffee Bar',
};
export const REVERSAL = {
  ...MOVEMENT,
  operationId: '019a0000-0000-7000-8000-000000000003',
  debitId: MOVEMENT.operationId,
};
export const DONE = { json: { operationId: MOVEMENT.operationId, outcome: 'DONE', coreReference: 'R-1' } };

/** For calls that are never answered. */
export const SHORT_TIMEOUT = { CORE_BANKING_TIMEOUT_MS: '300' };

/** Clients of banks' cores, created as a server does, and all lines that they log. */
export class HttpCores {
  readonly lines: string[] = [];
  /** The metrics of the latest client. */
  metrics = new Metrics();
  private readonly cores: HttpCore[] = [];

  constructor() {
    const addLine = (line: unknown) => void this.lines.push(String(line));
    Logger.overrideLogger({ log: addLine, warn: addLine, error: addLine, debug: addLine, verbose: addLine });
  }

  at(url: string, env: Record<string, string> = {}): HttpCore {
    this.metrics = new Metrics();
    const settings = Settings.read({
      DATABASE_URL: 'postgresql://nowhere',
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      CORE_BANKING_URL: url,
      CORE_BANKING_TOKEN: TOKEN,
      ...env,
    });
    const core = new HttpCore(new HttpService(), settings, this.metrics);
    this.cores.push(core);
    return core;
  }

  close(): void {
    for (const core of this.cores.splice(0)) core.onApplicationShutdown();
  }

  expectNoSecretsInLog(): void {
    expect(this.lines.length).toBeGreaterThan(0);
    const secrets = [TOKEN, ALIA, IBAN, MOVEMENT.accountId, 'Зарплатный', '150.50', '1000.00', 'Coffee'];
    for (const secret of secrets) expect(this.lines.filter((line) => line.includes(secret))).toEqual([]);
  }
}

/** A peer in the place of a bank's core, which answers DONE, and clients of it, for the tests of one file. */
export class CoreAndClients {
  readonly cores = new HttpCores();
  private started: KaspiPeer | null = null;

  constructor() {
    beforeAll(async () => {
      this.started = await KaspiPeer.start();
      // The first call takes longest; it must not meet a short timeout.
      await this.cores.at(this.peer.url).findOutcome(MOVEMENT.operationId);
    });
    afterAll(() => this.peer.close());
    afterEach(() => this.cores.close());
    beforeEach(() => {
      this.peer.script = () => DONE;
      this.peer.arrived.length = 0;
    });
  }

  get peer(): KaspiPeer {
    if (this.started === null) throw new Error('the peer is not started');
    return this.started;
  }

  /** The client of the peer. */
  client(env: Record<string, string> = {}, path = ''): HttpCore {
    return this.cores.at(this.peer.url + path, env);
  }

  get onlyRequest(): Arrived {
    expect(this.peer.arrived).toHaveLength(1);
    return this.peer.arrived[0] as Arrived;
  }
}
