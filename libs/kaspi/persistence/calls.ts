import { addMilliseconds, type PaymentId, type RequestId } from '@mpp/kernel';
import type { Database, Queryable, Tx } from '@mpp/platform';
import { IsNull, MoreThan } from 'typeorm';
import { type CallKey, type EndedCall, RECORDED_OUTCOMES, recordedAnswer, type StartedCall } from '../domain/call.js';
import { maskPersonalData } from '../domain/masking.js';
import { CallEntity } from './call.entity.js';

/** As many attempts as a payment in doubt makes in half a day. */
const MAX_LISTED = 1500;

/** Limits the search to the latest partitions. */
const LONGEST_ATTEMPT_MS = 24 * 3_600_000;

export async function insertCalls(queryable: Queryable, calls: readonly StartedCall[], at: Date): Promise<void> {
  if (calls.length === 0) return;
  await queryable.query(
    `select kaspi_call_begin(c.request_id, c.attempt, c.method, c.payment_id, c.request, $6)
     from unnest($1::text[], $2::int[], $3::text[], $4::uuid[], $5::text[])
       as c (request_id, attempt, method, payment_id, request)`,
    [
      calls.map(({ requestId }) => requestId),
      calls.map(({ attempt }) => attempt),
      calls.map(({ method }) => method),
      calls.map(({ paymentId }) => paymentId),
      calls.map(({ body }) => maskPersonalData(body)),
      at,
    ],
  );
}

export async function writeOutcomes(queryable: Queryable, calls: readonly EndedCall[], at: Date): Promise<void> {
  if (calls.length === 0) return;
  await queryable.query(
    `select kaspi_calls_end(p_request_ids => $1, p_attempts => $2, p_outcomes => $3, p_http_statuses => $4,
       p_result_codes => $5, p_answers => $6, p_payment_ids => $7, p_finished_at => $8, p_since => $9)`,
    [
      calls.map(({ requestId }) => requestId),
      calls.map(({ attempt }) => attempt),
      calls.map(({ outcome }) => RECORDED_OUTCOMES[outcome.kind]),
      calls.map(({ outcome }) => (outcome.kind === 'not-sent' ? null : (outcome.httpStatus ?? null))),
      calls.map(({ outcome }) => (outcome.kind === 'answered' ? outcome.resultCode : null)),
      calls.map(({ outcome }) => recordedAnswer(outcome)),
      calls.map(({ paymentId }) => paymentId ?? null),
      at,
      addMilliseconds(at, -LONGEST_ATTEMPT_MS),
    ],
  );
}

export async function findCalls({ manager }: Database, paymentId: PaymentId): Promise<CallEntity[]> {
  const latest = await manager.find(CallEntity, {
    where: { paymentId },
    order: { startedAt: 'DESC', requestId: 'DESC', attempt: 'DESC' },
    take: MAX_LISTED,
  });
  return latest.reverse();
}

export async function existsUnfinishedNotify(tx: Tx, paymentId: PaymentId, since: Date): Promise<boolean> {
  const startedAt = MoreThan(since);
  return tx.existsBy(CallEntity, { paymentId, method: 'notifyPayment', outcome: IsNull(), startedAt });
}

export async function findRequestsWithUnknownAttempts(
  tx: Tx,
  attempts: readonly CallKey[],
): Promise<ReadonlySet<RequestId>> {
  if (attempts.length === 0) return new Set();
  const rows = await tx.query<{ request_id: RequestId }[]>(
    `select distinct a.request_id from unnest($1::text[], $2::int[]) as a (request_id, attempt)
     join kaspi_calls c on c.request_id = a.request_id and c.attempt < a.attempt
     where c.outcome is null or c.outcome <> 'NOT_SENT'`,
    [attempts.map(({ requestId }) => requestId), attempts.map(({ attempt }) => attempt)],
  );
  return new Set(rows.map((row) => row.request_id));
}
