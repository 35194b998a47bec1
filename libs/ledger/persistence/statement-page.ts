import type { AccountId } from '@mpp/kernel';
import type { Queryable } from '@mpp/platform';
import type { AccountKind, EntryPurpose } from '../domain/chart.js';
import type { Movement, Period, StatementPosition, StatementSums } from '../domain/statement.js';
import { minus, NO_TURNOVER } from '../domain/turnover.js';
import { toTurnover } from './turnovers.js';

interface StatementRow {
  before_debited: string;
  before_credited: string;
  end_debited: string;
  end_credited: string;
  seen_debited: string;
  seen_credited: string;
  seen_before_debited: string;
  seen_before_credited: string;
  /** A page without entries is one row with null. */
  id: string | null;
  purpose: EntryPurpose;
  reference: string;
  booked_at: Date;
  counter: AccountId;
  counter_kind: AccountKind;
  debited: string;
  credited: string;
}

/**
 * Up to `limit` movements of the account in journal order, and the sums of the statement, from one snapshot. The cost does not
 * grow with the history: sums are computed from the nearest checkpoint.
 */
export async function selectStatementPage(
  queryable: Queryable,
  account: AccountId,
  { from, to }: Period,
  { horizon, after }: StatementPosition,
  limit: number,
): Promise<{ sums: StatementSums; movements: Movement[] }> {
  const rows = await queryable.query<StatementRow[]>(STATEMENT, [account, from, to, horizon, after, limit]);
  const [first] = rows;
  if (first === undefined) throw new Error('the statement query returned no row');
  const turnover = (debited: string, credited: string) => toTurnover({ debited, credited });
  const onEarlierPages = minus(
    turnover(first.seen_debited, first.seen_credited),
    turnover(first.seen_before_debited, first.seen_before_credited),
  );
  return {
    sums: {
      beforePeriod: turnover(first.before_debited, first.before_credited),
      beforeEnd: turnover(first.end_debited, first.end_credited),
      onEarlierPages: after === null ? NO_TURNOVER : onEarlierPages,
    },
    movements: rows.filter(({ id }) => id !== null).map(toMovement),
  };
}

// The sums of earlier pages (seen): entries up to the last one shown, booked before the period's end, minus those before its start.
const STATEMENT = `
  with request as (
    select $1::uuid as account, coalesce($2::timestamptz, '-infinity') as begins, $3::timestamptz as ends,
      $4::bigint as horizon, coalesce($5::bigint, -9223372036854775808) as after)
  select b.debited::text as before_debited, b.credited::text as before_credited,
    e.debited::text as end_debited, e.credited::text as end_credited,
    s.debited::text as seen_debited, s.credited::text as seen_credited,
    sb.debited::text as seen_before_debited, sb.credited::text as seen_before_credited,
    page.id, page.purpose, page.reference, page.booked_at, page.counter, ledger_account_kind(page.counter) as counter_kind,
    page.debited::text, page.credited::text
  from request
  cross join ledger_turnover(request.account, request.horizon, request.begins) b
  cross join ledger_turnover(request.account, request.horizon, request.ends) e
  cross join ledger_turnover(request.account, request.after, request.ends) s
  cross join ledger_turnover(request.account, request.after, request.begins) sb
  left join lateral (
    select movement.* from ledger_id_ranges(request.begins, request.ends) range
    cross join lateral (
      (select id, purpose, reference, booked_at, credit_account_id as counter, amount as debited, 0 as credited
       from ledger_entries
       where debit_account_id = request.account and id > greatest(range.after_id, request.after)
         and id <= least(range.until_id, request.horizon) and booked_at >= request.begins and booked_at < request.ends
       order by id limit $6)
      union all
      (select id, purpose, reference, booked_at, debit_account_id, 0, amount
       from ledger_entries
       where credit_account_id = request.account and id > greatest(range.after_id, request.after)
         and id <= least(range.until_id, request.horizon) and booked_at >= request.begins and booked_at < request.ends
       order by id limit $6)) movement
    order by movement.id limit $6) page on true
  order by page.id`;

function toMovement(row: StatementRow): Movement {
  return {
    entryId: row.id ?? '',
    purpose: row.purpose,
    reference: row.reference,
    bookedAt: row.booked_at,
    counterAccountId: row.counter,
    counterKind: row.counter_kind,
    turnover: toTurnover(row),
  };
}
