import type { Queryable } from '@mpp/platform';
import { v7 as uuidv7 } from 'uuid';
import type { RefundCall } from '../domain/timeline.js';

/** Nobody repeats one refund more often; if the PS did, the latest are shown. */
const MOST_SHOWN = 1000;
const MOST_KEPT = 4000;

export async function insertCall(queryable: Queryable, call: RefundCall): Promise<void> {
  const { refundId, requestId, body, httpStatus, resultCode, remark, receivedAt } = call;
  // PostgreSQL refuses NUL and half a surrogate pair; this is for people to read.
  const kept = body?.slice(0, MOST_KEPT).replaceAll('\0', '\ufffd').toWellFormed() ?? null;
  await queryable.query(
    `insert into refund_calls (id, refund_id, request_id, body, http_status, result_code, remark, received_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [uuidv7(), refundId, requestId, kept, httpStatus, resultCode, remark, receivedAt],
  );
}

/** Of one refund, the oldest first. */
export async function callsOf(queryable: Queryable, refundId: string): Promise<RefundCall[]> {
  const rows = await queryable.query<RefundCall[]>(
    `select refund_id as "refundId", request_id as "requestId", body, http_status as "httpStatus",
       result_code as "resultCode", remark, received_at as "receivedAt"
     from refund_calls where refund_id = $1 order by received_at desc, id desc limit $2`,
    [refundId, MOST_SHOWN],
  );
  return rows.reverse();
}
