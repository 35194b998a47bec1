import { addMilliseconds, Clock, type PaymentId, type RequestId } from '@mpp/kernel';
import { Database, type Queryable, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { KaspiMethod, KaspiOutcome } from './outcome.js';

/** One attempt, by what identifies it. */
export interface CallKey {
  readonly requestId: RequestId;
  readonly attempt: number;
}

export interface StartedCall extends CallKey {
  readonly method: KaspiMethod;
  readonly paymentId: PaymentId | null;
  readonly body: string;
}

export interface EndedCall extends CallKey {
  readonly outcome: KaspiOutcome<unknown>;
  /** The payment that a scan led to; it was not known when the attempt began. */
  readonly paymentId?: PaymentId;
}

/** A call to the PS as it is on record; the customer and what they filled in are masked. */
export interface LoggedCall extends CallKey {
  readonly method: KaspiMethod;
  readonly request: string;
  readonly startedAt: Date;
  /** Null where nobody wrote down how it ended: it may have arrived (R9). */
  readonly finishedAt: Date | null;
  readonly outcome: (typeof OUTCOME)[keyof typeof OUTCOME] | null;
  readonly httpStatus: number | null;
  readonly resultCode: string | null;
  /** The answer as it came, or why there was none. */
  readonly answer: string | null;
}

interface CallRow {
  request_id: RequestId;
  attempt: number;
  method: KaspiMethod;
  request: string;
  started_at: Date;
  finished_at: Date | null;
  outcome: LoggedCall['outcome'];
  http_status: number | null;
  result_code: string | null;
  answer: string | null;
}

/** A payment that is in doubt for half a day has been asked about this often. */
const MOST_SHOWN = 1500;
const MOST_KEPT_OF_NO_ANSWER = 4000;

// Keeps the search to the latest partitions.
const LONGEST_ATTEMPT_MS = 24 * 3_600_000;

const OUTCOME = { answered: 'ANSWERED', 'not-sent': 'NOT_SENT', unknown: 'UNKNOWN' } as const;

/**
 * The record of every call to the PS. An attempt is put on it before its first byte leaves (R9), by {@link begin} or by
 * `kaspi_call_begin(…)` inside another lib's statement; an attempt without an outcome may have arrived.
 */
@Injectable()
export class CallLog {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async recordCalls(calls: readonly StartedCall[], queryable: Queryable = this.database): Promise<void> {
    if (calls.length === 0) return;
    await queryable.query(
      `select kaspi_call_begin(e.request_id, e.attempt, e.method, e.payment_id, e.request, $6)
       from unnest($1::text[], $2::int[], $3::text[], $4::uuid[], $5::text[])
         as e (request_id, attempt, method, payment_id, request)`,
      [
        calls.map((e) => e.requestId),
        calls.map((e) => e.attempt),
        calls.map((e) => e.method),
        calls.map((e) => e.paymentId),
        calls.map((e) => masked(e.body)),
        this.clock.now(),
      ],
    );
  }

  async recordOutcomes(queryable: Queryable, calls: readonly EndedCall[]): Promise<void> {
    if (calls.length === 0) return;
    const now = this.clock.now();
    const heard = calls.map(({ outcome }) => (outcome.kind === 'not-sent' ? undefined : outcome.httpStatus));
    await queryable.query('select kaspi_calls_end($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
      calls.map((e) => e.requestId),
      calls.map((e) => e.attempt),
      calls.map((e) => OUTCOME[e.outcome.kind]),
      heard.map((status) => status ?? null),
      calls.map(({ outcome }) => (outcome.kind === 'answered' ? outcome.resultCode : null)),
      calls.map(({ outcome }) => text(outcome)),
      calls.map((e) => e.paymentId ?? null),
      now,
      addMilliseconds(now, -LONGEST_ATTEMPT_MS),
    ]);
  }

  /** The calls about a payment, the oldest first; of very many the latest. */
  async findByPayment(paymentId: PaymentId): Promise<LoggedCall[]> {
    const rows = await this.database.query<CallRow[]>(
      'select * from kaspi_calls where payment_id = $1 order by started_at desc, request_id desc, attempt desc limit $2',
      [paymentId, MOST_SHOWN],
    );
    return rows.reverse().map((row) => ({
      requestId: row.request_id,
      attempt: row.attempt,
      method: row.method,
      request: row.request,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
      outcome: row.outcome,
      httpStatus: row.http_status,
      resultCode: row.result_code,
      answer: row.answer,
    }));
  }

  /** A notify of the payment left after that moment, and nobody has written down yet what came of it. */
  async notifyUnderWay(tx: Tx, paymentId: PaymentId, since: Date): Promise<boolean> {
    const rows = await tx.query<unknown[]>(
      `select 1 from kaspi_calls
       where payment_id = $1 and method = 'notifyPayment' and outcome is null and started_at > $2 limit 1`,
      [paymentId, since],
    );
    return rows.length > 0;
  }

  /** Those of the given attempts before which another one of the same request may have reached the PS. */
  async afterUnknownAttempt(tx: Tx, attempts: readonly CallKey[]): Promise<ReadonlySet<RequestId>> {
    if (attempts.length === 0) return new Set();
    const rows = await tx.query<{ request_id: RequestId }[]>(
      `select distinct a.request_id from unnest($1::text[], $2::int[]) as a (request_id, attempt)
       join kaspi_calls x on x.request_id = a.request_id and x.attempt < a.attempt
       where x.outcome is null or x.outcome <> 'NOT_SENT'`,
      [attempts.map((a) => a.requestId), attempts.map((a) => a.attempt)],
    );
    return new Set(rows.map((row) => row.request_id));
  }
}

/** The reason where nothing was heard; PostgreSQL's text refuses NUL. */
function text(outcome: KaspiOutcome<unknown>): string {
  const said =
    outcome.kind === 'not-sent' ? outcome.reason : (outcome.text ?? (outcome.kind === 'unknown' ? outcome.reason : ''));
  // A page of a gateway's that is no answer is told by its beginning.
  const kept = outcome.kind === 'answered' ? said : said.slice(0, MOST_KEPT_OF_NO_ANSWER);
  return masked(kept.replaceAll('\0', '\ufffd'));
}

/** A JSON string, also one that the end of the text cuts off, or a number. */
const VALUE = String.raw`"((?:[^"\\]|\\.|\\$)*)(?:"|$)|-?\d[\d.eE+-]*`;
const CUSTOMER = new RegExp(String.raw`("\s*customerId\s*"\s*:\s*)(?:${VALUE})`, 'gi');
/** What a customer, or the PS for them, filled into a form: a car's number, a phone, a contract. */
const FORM_VALUE = new RegExp(String.raw`("\s*value\s*"\s*:\s*)(?:${VALUE})`, 'gi');

/**
 * What is kept for operators does not say who the customer is, nor what they filled in: four characters of a long id tell
 * requests apart.
 */
export function masked(body: string): string {
  return body
    .replace(CUSTOMER, (_, key: string, id = '') => `${key}"${id.length > 6 ? id.slice(0, 4) : ''}*****"`)
    .replace(FORM_VALUE, (_, key: string, value?: string) => `${key}${value === '' ? '""' : '"*****"'}`);
}
