import type { AccountId } from '@mpp/kernel';
import type { Queryable } from '@mpp/platform';
import type { AccountKind, EntryPurpose } from '../domain/chart.js';
import type { Movement, Period, StatementPosition, StatementSums } from '../domain/statement.js';
import { minus, NOTHING } from '../domain/turnover.js';
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
  /** Null in the one row of a page without entries. */
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
 * Up to `limit` movements of the account in order of the journal, with the sums around them, of one snapshot. However long
 * the history is, it reads what lies between a checkpoint and the edges of the period and of the page.
 */
export async function selectStatement(
  queryable: Queryable,
  account: AccountId,
  { from, to }: Period,
  { horizon, after }: StatementPosition,
  limit: number,
): Promise<{ sums: StatementSums; movements: Movement[] }> {
  const rows = await queryable.query<StatementRow[]>(STATEMENT, [account, from, to, horizon, after, limit]);
  const [first] = rows;
  if (first === undefined) throw new Error('a statement without its sums');
  const turnover = (debited: string, credited: string) => toTurnover({ debited, credited });
  const seen = minus(
    turnover(first.seen_debited, first.seen_credited),
    turnover(first.seen_before_debited, first.seen_before_credited),
  );
  return {
    sums: {
      beforePeriod: turnover(first.before_debited, first.before_credited),
      beforeEnd: turnover(first.end_debited, first.end_credited),
      onEarlierPages: after === null ? NOTHING : seen,
    },
    movements: rows.filter(({ id }) => id !== null).map(toMovement),
  };
}

// The sums of earlier pages: up to their last entry all before the period's end, without all before its beginning.
const STATEMENT = `
  with asked as (
    select $1::uuid as account, coalesce($2::timestamptz, '-infinity') as begins, $3::timestamptz as ends,
      $4::bigint as horizon, coalesce($5::bigint, -9223372036854775808) as after)
  select b.debited::text as before_debited, b.credited::text as before_credited,
    e.debited::text as end_debited, e.credited::text as end_credited,
    s.debited::text as seen_debited, s.credited::text as seen_credited,
    sb.debited::text as seen_before_debited, sb.credited::text as seen_before_credited,
    page.id, page.purpose, page.reference, page.booked_at, page.counter, ledger_kind(page.counter) as counter_kind,
    page.debited::text, page.credited::text
  from asked
  cross join ledger_turnover(asked.account, asked.horizon, asked.begins) b
  cross join ledger_turnover(asked.account, asked.horizon, asked.ends) e
  cross join ledger_turnover(asked.account, asked.after, asked.ends) s
  cross join ledger_turnover(asked.account, asked.after, asked.begins) sb
  left join lateral (
    select movement.* from ledger_id_ranges(asked.begins, asked.ends) stretch
    cross join lateral (
      (select id, purpose, reference, booked_at, credit_account_id as counter, amount as debited, 0 as credited
       from ledger_entries
       where debit_account_id = asked.account and id > greatest(stretch.after_id, asked.after)
         and id <= least(stretch.until_id, asked.horizon) and booked_at >= asked.begins and booked_at < asked.ends
       order by id limit $6)
      union all
      (select id, purpose, reference, booked_at, debit_account_id, 0, amount
       from ledger_entries
       where credit_account_id = asked.account and id > greatest(stretch.after_id, asked.after)
         and id <= least(stretch.until_id, asked.horizon) and booked_at >= asked.begins and booked_at < asked.ends
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
