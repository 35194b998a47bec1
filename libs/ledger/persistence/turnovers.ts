import type { AccountId } from '@mpp/kernel';
import type { Queryable, ReportDatabase, Snapshot } from '@mpp/platform';
import type { AccountKind } from '../domain/chart.js';
import type { CustomerBalances, Turnovers } from '../domain/trial-balance.js';
import { NO_TURNOVER, type Turnover } from '../domain/turnover.js';

export interface TurnoverRow {
  debited: string;
  credited: string;
}

export function toTurnover({ debited, credited }: TurnoverRow): Turnover {
  return { debited: BigInt(debited), credited: BigInt(credited) };
}

/**
 * The turnover of each kind of account by entries booked until `at`, inclusive. Null: by all entries, with the sums of the
 * customers' balances. One statement reads one snapshot.
 */
export async function selectTurnovers(
  reports: ReportDatabase | Snapshot,
  at: Date | null,
): Promise<{ turnovers: Turnovers; customerBalances: CustomerBalances | null }> {
  const rows = await reports.query<({ kind: AccountKind; balance: string | null } & TurnoverRow)[]>(
    `select t.kind, t.debited::text, t.credited::text, null as balance
     from ledger_turnovers_until(coalesce($1::timestamptz + interval '1 microsecond', 'infinity')) t
     union all
     select kind, '0', '0', sum(balance)::text from ledger_accounts where $1 is null and balance is not null group by kind`,
    [at],
  );
  const turnovers = rows.filter(({ balance }) => balance === null);
  const balances = rows.filter(({ balance }) => balance !== null);
  return {
    turnovers: Object.fromEntries(turnovers.map((row) => [row.kind, toTurnover(row)])),
    customerBalances:
      at === null ? Object.fromEntries(balances.map(({ kind, balance }) => [kind, BigInt(balance ?? 0)])) : null,
  };
}

/** The turnover of one account by entries booked until `at`, inclusive; null: by all entries. */
export async function selectTurnoverOfAccount(
  queryable: Queryable,
  account: AccountId,
  at: Date | null,
): Promise<Turnover> {
  const [row] = await queryable.query<TurnoverRow[]>(
    `select debited::text, credited::text
     from ledger_turnover($1, 9223372036854775807, coalesce($2::timestamptz + interval '1 microsecond', 'infinity'))`,
    [account, at],
  );
  return row === undefined ? NO_TURNOVER : toTurnover(row);
}
