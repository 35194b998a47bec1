import { Settings } from '@mpp/config';
import { KASPI_LOCALE, type Locale, type RequestId } from '@mpp/kernel';
import { attemptHttp, closeConnections, type KeptConnections, keepConnections, Metrics } from '@mpp/platform';
import { HttpService } from '@nestjs/axios';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Histogram } from 'prom-client';
import type { KaspiMethod, KaspiOutcome } from '../domain/outcome.js';
import { KaspiHealth } from '../health/kaspi-health.js';
import { CHECKOUT_PATH, HEADERS, NOTIFY_PATH, SCAN_PATH, type WireObject } from '../wire.js';
import {
  type CheckoutAnswer,
  type NotifyAnswer,
  readCheckoutAnswer,
  readNotifyAnswer,
  readOutcome,
  readScanAnswer,
  type ScanAnswer,
} from './answers.js';

/** A request as it is sent. Its repeats have the same id and the same body, byte for byte (R10). */
export interface KaspiRequest {
  readonly requestId: RequestId;
  readonly locale: Locale;
  readonly body: string;
}

const MAX_SCAN_SOCKETS = 256;

/**
 * Calls the PS. Each method makes one attempt and returns its outcome (R9); it does not throw for errors of the PS or the
 * network. The attempt must be recorded before it is made (see {@link CallLog}).
 */
@Injectable()
export class KaspiClient implements OnApplicationShutdown {
  private readonly log = new Logger('Kaspi');
  private readonly calls: Readonly<Record<KaspiMethod, Call>>;
  private readonly durations: Histogram;

  constructor(
    private readonly axios: HttpService,
    private readonly settings: Settings,
    private readonly health: KaspiHealth,
    metrics: Metrics,
  ) {
    this.calls = {
      scan: { path: SCAN_PATH, timeoutMs: settings.SCAN_TIMEOUT_MS, connections: keepConnections(MAX_SCAN_SOCKETS) },
      checkout: {
        path: CHECKOUT_PATH,
        timeoutMs: settings.SCAN_TIMEOUT_MS,
        connections: keepConnections(MAX_SCAN_SOCKETS),
      },
      notifyPayment: {
        path: NOTIFY_PATH,
        timeoutMs: settings.KASPI_TIMEOUT_MS,
        connections: keepConnections(settings.NOTIFY_CONCURRENCY),
      },
    };
    this.durations = new Histogram({
      name: 'mpp_kaspi_call_duration_seconds',
      help: 'Calls to the PS, by method and outcome',
      labelNames: ['method', 'outcome'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [metrics.registry],
    });
  }

  /** Runs after the outbox has stopped. */
  onApplicationShutdown(): void {
    for (const { connections } of Object.values(this.calls)) closeConnections(connections);
  }

  scan(request: KaspiRequest): Promise<KaspiOutcome<ScanAnswer>> {
    return this.call('scan', request, readScanAnswer);
  }

  checkout(request: KaspiRequest): Promise<KaspiOutcome<CheckoutAnswer>> {
    return this.call('checkout', request, readCheckoutAnswer);
  }

  notifyPayment(request: KaspiRequest): Promise<KaspiOutcome<NotifyAnswer>> {
    return this.call('notifyPayment', request, readNotifyAnswer);
  }

  private async call<Answer>(
    method: KaspiMethod,
    request: KaspiRequest,
    readAnswer: (body: WireObject) => Answer,
  ): Promise<KaspiOutcome<Answer>> {
    const started = performance.now();
    const outcome = await this.attempt(this.calls[method], request, readAnswer);
    const milliseconds = performance.now() - started;
    this.durations.observe({ method, outcome: outcome.kind }, milliseconds / 1000);
    this.health.recordOutcome(method, outcome);
    const result = outcome.kind === 'answered' ? outcome.resultCode : `${outcome.kind}: ${outcome.reason}`;
    this.log.log(`${method} ${request.requestId} ${result} ${Math.round(milliseconds)} ms`);
    return outcome;
  }

  private async attempt<Answer>(
    { path, timeoutMs, connections }: Call,
    { body, requestId, locale }: KaspiRequest,
    readAnswer: (body: WireObject) => Answer,
  ): Promise<KaspiOutcome<Answer>> {
    const result = await attemptHttp(this.axios.axiosRef, {
      url: this.settings.KASPI_BASE_URL.replace(/\/+$/, '') + path,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [HEADERS.requestId]: requestId,
        [HEADERS.callerName]: this.settings.KASPI_CALLER_NAME,
        [HEADERS.locale]: KASPI_LOCALE[locale],
      },
      body,
      timeoutMs,
      connections,
    });
    if ('status' in result) return readOutcome(result.status, result.text, readAnswer);
    const { sent, reason, stale } = result;
    return sent ? { kind: 'unknown', reason, ...(stale && { stale }) } : { kind: 'not-sent', reason };
  }
}

interface Call {
  readonly path: string;
  readonly timeoutMs: number;
  /** Each method has its own connections, so that hanging scans do not delay a notify. */
  readonly connections: KeptConnections;
}
