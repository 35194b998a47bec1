import type { AccountId } from '@mpp/kernel';
import type { Queryable } from '@mpp/platform';
import type { AccountKind } from '../domain/chart.js';
import type { CustomerBalances, Turnovers } from '../domain/trial-balance.js';
import type { Turnover } from '../domain/turnover.js';

/** How PostgreSQL says that there is no bound. */
export const ALWAYS = 'infinity';
export const EVERY_ID = '9223372036854775807';

export interface TurnoverRow {
  debited: string;
  credited: string;
}

export function toTurnover({ debited, credited }: TurnoverRow): Turnover {
  return { debited: BigInt(debited), credited: BigInt(credited) };
}

/**
 * What was booked on each kind of account up to the moment and at it; null: ever, and with it what customers' accounts
 * say of themselves. One statement, hence one snapshot: it never sees half of what happens meanwhile.
 */
export async function turnovers(
  queryable: Queryable,
  at: Date | null,
): Promise<{ turnovers: Turnovers; customerBalances: CustomerBalances | null }> {
  const rows = await queryable.query<({ kind: AccountKind; balance: string | null } & TurnoverRow)[]>(
    `select t.kind, t.debited::text, t.credited::text, null as balance
     from ledger_turnovers_until(coalesce($1::timestamptz + interval '1 microsecond', 'infinity')) t
     union all
     select kind, '0', '0', sum(balance)::text from ledger_accounts where $1 is null and balance is not null group by kind`,
    [at],
  );
  const moved = rows.filter(({ balance }) => balance === null);
  const shown = rows.filter(({ balance }) => balance !== null);
  return {
    turnovers: Object.fromEntries(moved.map((row) => [row.kind, toTurnover(row)])),
    customerBalances:
      at === null ? Object.fromEntries(shown.map(({ kind, balance }) => [kind, BigInt(balance ?? 0)])) : null,
  };
}

/** What was booked on one account up to the moment and at it; null: ever. */
export async function turnoverOf(queryable: Queryable, account: AccountId, at: Date | null): Promise<Turnover> {
  const [row] = await queryable.query<TurnoverRow[]>(
    `select debited::text, credited::text
     from ledger_turnover($1, ${EVERY_ID}, coalesce($2::timestamptz + interval '1 microsecond', 'infinity'))`,
    [account, at],
  );
  return toTurnover(row ?? { debited: '0', credited: '0' });
}
