import type { AccountId } from '@mpp/kernel';
import type { Snapshot } from '@mpp/platform';
import { SHARED_ACCOUNTS } from '../domain/chart.js';
import type { Fault, FaultKind } from '../domain/fault.js';

/** The accounts whose balance differs from the sum of their entries, and the balance of IN_TRANSIT in tiyn. */
export async function checkBalances(snapshot: Snapshot): Promise<{ faults: Fault[]; inTransit: bigint }> {
  const rows = await snapshot.query<{ id: AccountId; journal: string; fault: FaultKind | null }[]>(
    `with journal as (
      select account_id, sum(credited) - sum(debited) as balance
      from (select debit_account_id as account_id, amount as debited, 0 as credited from ledger_entries
        union all select credit_account_id, 0, amount from ledger_entries) m
      group by account_id)
    select coalesce(a.id, j.account_id) as id, coalesce(j.balance, 0)::text as journal,
      case when a.id is null then 'ACCOUNT_MISSING' when a.balance <> coalesce(j.balance, 0) then 'BALANCE_WRONG' end as fault
    from journal j full join ledger_accounts a on a.id = j.account_id
    where a.id is null or a.balance <> coalesce(j.balance, 0) or a.id = $1
    order by 1`,
    [SHARED_ACCOUNTS.IN_TRANSIT],
  );
  const inTransit = rows.find(({ id }) => id === SHARED_ACCOUNTS.IN_TRANSIT);
  return {
    faults: rows.flatMap(({ id, fault }) => (fault === null ? [] : [{ kind: fault, subject: `account ${id}` }])),
    inTransit: BigInt(inTransit?.journal ?? 0),
  };
}

/** The payments whose money is in transit, with the amount in tiyn. */
export async function selectPaymentsInTransit(snapshot: Snapshot): Promise<{ reference: string; amount: bigint }[]> {
  const rows = await snapshot.query<{ reference: string; amount: string }[]>(
    `select p.reference, p.amount from ledger_entries p
     where p.purpose = 'PAYMENT' and not exists (select 1 from ledger_entries e
       where e.purpose in ('SETTLEMENT', 'REVERSAL') and e.reference = p.reference)`,
  );
  return rows.map(({ reference, amount }) => ({ reference, amount: BigInt(amount) }));
}
