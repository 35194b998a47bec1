import { type Locale, type PaymentId, requestId } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { CheckoutAnswer, ScanAnswer } from './answers.js';
import { type CallKey, CallLog } from './call-log.js';
import { KaspiClient, type KaspiRequest } from './kaspi-client.js';
import type { KaspiOutcome } from './outcome.js';
import type { CheckoutRequestBody, ScanRequestBody } from './wire.js';

/** A question and what came of it. Its last attempt is not closed on the record yet: see {@link KaspiQueries.close}. */
export interface QueryAttempt<Answer> extends CallKey {
  readonly outcome: KaspiOutcome<Answer>;
}

const ATTEMPTS = 2;

/**
 * What the PS is asked while a customer waits: scan and checkout. One quick retry where it did not answer, both attempts
 * with the same id and on record before they leave. Source: R13.
 */
@Injectable()
export class KaspiQueries {
  constructor(
    private readonly kaspi: KaspiClient,
    private readonly callLog: CallLog,
    private readonly database: Database,
  ) {}

  scan(body: ScanRequestBody, locale: Locale): Promise<QueryAttempt<ScanAnswer>> {
    return this.ask('scan', body, locale, null);
  }

  checkout(body: CheckoutRequestBody, locale: Locale, payment: PaymentId): Promise<QueryAttempt<CheckoutAnswer>> {
    return this.ask('checkout', body, locale, payment);
  }

  /** Writes down how the last attempt ended, and the payment that a scan led to. */
  async recordOutcome(asked: QueryAttempt<unknown>, paymentId?: PaymentId): Promise<void> {
    await this.callLog.recordOutcomes(this.database, [{ ...asked, ...(paymentId && { paymentId }) }]);
  }

  private async ask<Method extends 'scan' | 'checkout'>(
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
