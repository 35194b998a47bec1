import { type Locale, type PaymentId, requestId } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { CallLog } from '../call-log/call-log.js';
import type { CheckoutAnswer, ScanAnswer } from '../client/answers.js';
import { KaspiClient, type KaspiRequest } from '../client/kaspi-client.js';
import type { CallKey } from '../domain/call.js';
import type { KaspiOutcome } from '../domain/outcome.js';
import type { CheckoutRequestBody, ScanRequestBody } from '../wire.js';

/** The last attempt of a query; its outcome is recorded by {@link KaspiQueries.recordOutcome}. */
export interface QueryAttempt<Answer> extends CallKey {
  readonly outcome: KaspiOutcome<Answer>;
}

const ATTEMPTS = 2;

/**
 * Sends the queries for which a customer waits: scan and checkout. A query without an answer is repeated once at once, with the
 * same id; both attempts are recorded before they are sent. Source: R13.
 */
@Injectable()
export class KaspiQueries {
  constructor(
    private readonly kaspi: KaspiClient,
    private readonly callLog: CallLog,
    private readonly database: Database,
  ) {}

  scan(body: ScanRequestBody, locale: Locale): Promise<QueryAttempt<ScanAnswer>> {
    return this.sendQuery('scan', body, locale, null);
  }

  checkout(body: CheckoutRequestBody, locale: Locale, payment: PaymentId): Promise<QueryAttempt<CheckoutAnswer>> {
    return this.sendQuery('checkout', body, locale, payment);
  }

  /** Records the outcome of the last attempt, and the payment of a scan. */
  async recordOutcome(attempt: QueryAttempt<unknown>, paymentId?: PaymentId): Promise<void> {
    await this.callLog.recordOutcomes(this.database, [{ ...attempt, ...(paymentId && { paymentId }) }]);
  }

  private async sendQuery<Method extends 'scan' | 'checkout'>(
    method: Method,
    body: object,
    locale: Locale,
    paymentId: PaymentId | null,
  ): Promise<QueryAttempt<Method extends 'scan' ? ScanAnswer : CheckoutAnswer>> {
    const request: KaspiRequest = { requestId: requestId(uuidv7()), locale, body: JSON.stringify(body) };
    for (let attempt = 1; ; attempt++) {
      const key = { requestId: request.requestId, attempt };
      await this.callLog.recordCalls([{ ...key, method, paymentId, body: request.body }]);
      const outcome = (await this.kaspi[method](request)) as KaspiOutcome<
        Method extends 'scan' ? ScanAnswer : CheckoutAnswer
      >;
      if (outcome.kind === 'answered' || attempt === ATTEMPTS) return { ...key, outcome };
      await this.callLog.recordOutcomes(this.database, [{ ...key, outcome }]);
    }
  }
}
