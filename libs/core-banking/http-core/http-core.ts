import { Settings } from '@mpp/config';
import { type AccountId, type CustomerId, DomainError } from '@mpp/kernel';
import {
  attemptHttp,
  closeConnections,
  type HttpResult,
  type KeptConnections,
  keepConnections,
  Metrics,
} from '@mpp/platform';
import { HttpService } from '@nestjs/axios';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { v5 as uuidv5 } from 'uuid';
import type { CustomerAccount } from '../domain/account.js';
import { CoreBanking, type ExternalCore } from '../domain/core-banking.js';
import type { CoreAnswer, CoreOutcome, Movement, Reversal } from '../domain/operation.js';
import {
  CORE_CURRENCY,
  CORE_PATHS,
  type CoreMovementRequest,
  type CoreReversalRequest,
  IDEMPOTENCY_KEY,
} from '../wire.js';
import { coreAddress } from './address.js';
import { readAccounts, readAnswer, readOutcome } from './answers.js';
import { coreTls } from './tls.js';

const MAX_READ_SOCKETS = 256;
/** Our ids of a bank's accounts are derived from it, so it must not change. */
const ACCOUNT_ID_NAMESPACE = '8f3d1a52-6f0e-5c1b-9d57-3f1f2b6a7c10';

type Method = 'accounts' | 'debit' | 'credit' | 'reversal' | 'outcome';

interface Call {
  readonly method: Method;
  readonly path: string;
  /** Undefined for a GET. */
  readonly body?: CoreMovementRequest | CoreReversalRequest;
  readonly withinMs?: number;
}

/** A bank's core, called over HTTP (libs/core-banking/wire.ts). */
@Injectable()
export class HttpCore extends CoreBanking implements ExternalCore, OnApplicationShutdown {
  override readonly external = this;
  private readonly log = new Logger('Core');
  private readonly durations: Histogram;
  private readonly address: ReturnType<typeof coreAddress>;
  /** Reads have their own connections, so that hanging reads do not delay an operation. */
  private readonly connections: Readonly<Record<'reads' | 'operations', KeptConnections>>;

  constructor(
    private readonly axios: HttpService,
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    super();
    this.address = coreAddress(settings);
    const tls = coreTls(settings);
    const { CORE_BANKING_CONCURRENCY: debits, REFUND_CONCURRENCY: credits } = settings;
    this.connections = {
      reads: keepConnections(MAX_READ_SOCKETS, tls),
      operations: keepConnections(2 * debits + credits, tls),
    };
    this.durations = new Histogram({
      name: 'mpp_core_call_duration_seconds',
      help: 'Calls to the bank’s core, by method and outcome',
      labelNames: ['method', 'outcome'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [metrics.registry],
    });
  }

  /** Runs after the outbox has stopped. */
  onApplicationShutdown(): void {
    for (const connections of Object.values(this.connections)) closeConnections(connections);
  }

  override async findAccounts(customer: CustomerId, withinMs?: number): Promise<CustomerAccount[]> {
    const path = CORE_PATHS.accounts(customer);
    const started = performance.now();
    const result = await this.call({ method: 'accounts', path, ...(withinMs !== undefined && { withinMs }) });
    const accounts = 'status' in result ? readAccounts(result.status, result.text) : null;
    const problem = 'status' in result ? `HTTP ${result.status} without accounts` : result.reason;
    this.observe('accounts', accounts === null ? 'unknown' : 'done', started);
    if (accounts === null) {
      this.log.warn(`accounts: ${problem}`);
      throw new DomainError('CORE_UNAVAILABLE');
    }
    return accounts.map(({ id, name, currency, balance, status, preferred = false }) => ({
      id: accountIdOf(customer, id),
      coreAccount: id,
      name,
      currency,
      balance: tiynOf(balance),
      status,
      preferred,
    }));
  }

  requestDebit(movement: Movement): Promise<CoreAnswer> {
    const body: CoreMovementRequest = { ...bodyOf(movement), purpose: 'QR_PAYMENT' };
    return this.request({ method: 'debit', path: CORE_PATHS.debits, body }, movement.operationId, readAnswer);
  }

  requestCredit(movement: Movement): Promise<CoreAnswer> {
    const body: CoreMovementRequest = { ...bodyOf(movement), purpose: 'QR_REFUND' };
    return this.request({ method: 'credit', path: CORE_PATHS.credits, body }, movement.operationId, readAnswer);
  }

  requestReversal(reversal: Reversal): Promise<CoreAnswer> {
    const { debitId } = reversal;
    const body: CoreReversalRequest = { ...bodyOf(reversal), debitId, purpose: 'QR_PAYMENT_REVERSAL' };
    return this.request({ method: 'reversal', path: CORE_PATHS.reversals, body }, reversal.operationId, readAnswer);
  }

  findOutcome(operationId: string): Promise<CoreOutcome> {
    return this.request({ method: 'outcome', path: CORE_PATHS.operation(operationId) }, operationId, readOutcome);
  }

  private async request<Outcome extends CoreOutcome>(
    call: Call,
    operationId: string,
    read: (status: number, text: string, operationId: string) => Outcome,
  ): Promise<Outcome | Extract<CoreAnswer, { kind: 'unknown' }>> {
    const started = performance.now();
    const result = await this.call(call);
    const outcome =
      'status' in result ? read(result.status, result.text, operationId) : ({ kind: 'unknown', ...result } as const);
    const milliseconds = this.observe(call.method, outcome.kind, started);
    const reason = 'reason' in outcome ? `: ${outcome.reason}` : '';
    this.log.log(`${call.method} ${operationId} ${outcome.kind}${reason} ${milliseconds} ms`);
    return outcome;
  }

  private call({ path, body, withinMs }: Call): Promise<HttpResult> {
    const { CORE_BANKING_TIMEOUT_MS: timeoutMs } = this.settings;
    return attemptHttp(this.axios.axiosRef, {
      url: this.address.baseUrl + path,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json', [IDEMPOTENCY_KEY]: body.operationId }),
        ...this.address.headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      timeoutMs: Math.min(withinMs ?? Number.POSITIVE_INFINITY, timeoutMs),
      connections: this.connections[body === undefined ? 'reads' : 'operations'],
    });
  }

  private observe(method: Method, outcome: string, started: number): number {
    const milliseconds = performance.now() - started;
    this.durations.observe({ method, outcome }, milliseconds / 1000);
    return Math.round(milliseconds);
  }
}

/** Our id of a customer's account at the bank: derived, so that it is the same in every process. */
export function accountIdOf(customer: CustomerId, coreAccount: string): AccountId {
  return uuidv5(JSON.stringify([customer, coreAccount]), ACCOUNT_ID_NAMESPACE) as AccountId;
}

function bodyOf(movement: Movement): Omit<CoreMovementRequest, 'purpose'> {
  const { operationId, customerId, coreAccount: accountId, amount, reference, description } = movement;
  const currency = CORE_CURRENCY;
  return { operationId, customerId, accountId, amount: amount.toString(), currency, reference, description };
}

/** The text matches `-?digits(.digits)?`. */
function tiynOf(text: string): bigint {
  const [, sign, whole = '0', decimals = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(text) ?? [];
  const tiyn = BigInt(whole) * 100n + BigInt(decimals.padEnd(2, '0'));
  return sign === '-' ? -tiyn : tiyn;
}
