import { addMilliseconds } from '@mpp/kernel';
import type { Queryable } from '@mpp/platform';
import type { Attempt, Delivery } from '../domain/notification.js';

/** One attempt, by what identifies it. */
export interface AttemptKey {
  readonly id: string;
  readonly attempt: number;
}

export interface AttemptEnded extends AttemptKey {
  readonly delivery: Delivery;
}

/** Three days of attempts are some hundred; each time an operator has it sent again there may be as many. */
const MOST_SHOWN = 500;

// Keeps the search to the latest partitions.
const LONGEST_ATTEMPT_MS = 24 * 3_600_000;

export async function beginAttempts(queryable: Queryable, attempts: readonly AttemptKey[], now: Date): Promise<void> {
  await queryable.query(
    `insert into notification_attempts (notification_id, attempt, started_at)
     select id, attempt, $3 from unnest($1::uuid[], $2::int[]) as a (id, attempt)`,
    [attempts.map(({ id }) => id), attempts.map(({ attempt }) => attempt), now],
  );
}

/** The first end of an attempt stays. */
export async function endAttempts(queryable: Queryable, attempts: readonly AttemptEnded[], now: Date): Promise<void> {
  const deliveries = attempts.map(({ delivery }) => delivery);
  await queryable.query(
    `update notification_attempts a
     set finished_at = $6, outcome = e.outcome, http_status = e.http_status, error = e.error
     from unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::text[]) as e (id, attempt, outcome, http_status, error)
     where a.notification_id = e.id and a.attempt = e.attempt and a.outcome is null and a.started_at > $7`,
    [
      attempts.map(({ id }) => id),
      attempts.map(({ attempt }) => attempt),
      deliveries.map(({ outcome }) => outcome),
      deliveries.map((delivery) => (delivery.outcome === 'NO_ANSWER' ? null : delivery.httpStatus)),
      deliveries.map((delivery) => (delivery.outcome === 'NO_ANSWER' ? delivery.error : null)),
      now,
      addMilliseconds(now, -LONGEST_ATTEMPT_MS),
    ],
  );
}

/** The attempts of a notification, the oldest first; of very many the latest. */
export async function selectAttempts(queryable: Queryable, id: string): Promise<Attempt[]> {
  const latest = await queryable.query<Attempt[]>(
    `select attempt, started_at as "startedAt", finished_at as "finishedAt", outcome, http_status as "httpStatus", error
     from notification_attempts where notification_id = $1 order by attempt desc, started_at desc limit $2`,
    [id, MOST_SHOWN],
  );
  return latest.reverse();
}
