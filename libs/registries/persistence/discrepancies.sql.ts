import { almatyDate, almatyMidnight } from '@mpp/platform';
import { CUSTOMER_HAS_MONEY_STATUSES } from '@mpp/qr-payments';
import { COMPARED_STATUSES } from '../domain/registry-status.js';
import { SERVICE_BY_KIND } from '../domain/tariff.js';

/** The part of a registry that is checked again. */
export interface RecheckScope {
  readonly rows: readonly number[];
  /** Payments and refunds that it does not list. */
  readonly absent: readonly string[];
  readonly totals: boolean;
}

/**
 * The discrepancies between a registry and the books, as one query over sets. $1: the registry; $2: rows, and $3: payments
 * and refunds to check again, both null for the whole registry; $4: whether totals are checked; $5 to $7: the rules of the
 * domain. Kind and subject identify a discrepancy: the same query again finds the same ones.
 */
export const discrepancyParameters = (registryId: string, scope: RecheckScope | null): unknown[] => [
  ...[registryId, scope?.rows ?? null, scope?.absent ?? null, scope?.totals ?? true],
  ...[COMPARED_STATUSES, SERVICE_BY_KIND, CUSTOMER_HAS_MONEY_STATUSES],
];

/** SQL: tiyn in the format of the API. */
const money = (tiyn: string) => `to_char((${tiyn}) / 100.0, 'FM999999999999999990.00')`;
const isCompared = (registry: string) => `${registry}.status = any($5)`;
const confirmation = (confirmed: string) => `case ${confirmed} when true then 'ДА' when false then 'НЕТ' end`;
/** SQL: the amount of a row, negative for a refund. */
const signed = (row: string) => `case ${row}.type when 'REFUND' then -${row}.amount else ${row}.amount end`;

/**
 * The rows with their payments, refunds and fees. `copied` names an earlier row of the same operation; checking again uses
 * the stored value and does not read the whole registry.
 */
const OPERATIONS = `
  g as materialized (select *, $6::jsonb ->> kind as service
    from registries where id = $1),
  keyed as (
    select row, case type when 'REFUND' then 'R' || coalesce(refund::text, kaspi_operation_id, mpp_payment_id || '/' || row)
      else 'P' || coalesce(payment_id::text, kaspi_operation_id, mpp_payment_id || '/', row::text) end as operation
    from registry_rows where registry_id = $1 and $2::int[] is null and type is not null),
  twice as materialized (
    select operation, min(row) as first_row from keyed group by operation having count(*) > 1),
  copies as materialized (
    select k.row, 'row ' || t.first_row as copied from keyed k join twice t using (operation) where k.row > t.first_row
    union all
    -- Another registry of this kind lists the operation on another day, and both list it as confirmed.
    select e.row, min(format('%s, row %s', a.name, e.other_row)) from (
        select r.row, r.at, x.registry_id, x.row as other_row, x.at as other_at
        from registry_rows r join registry_rows x on x.payment_id = r.payment_id and x.type = 'PURCHASE' and x.confirmed
        where r.registry_id = $1 and $2::int[] is null and r.type = 'PURCHASE' and r.confirmed
        union all
        select r.row, r.at, x.registry_id, x.row, x.at from registry_rows r join registry_rows x on x.refund = r.refund and x.confirmed
        where r.registry_id = $1 and $2::int[] is null and r.type = 'REFUND' and r.confirmed) e
      cross join g join registries a on a.id = e.registry_id and a.id <> g.id and a.kind = g.kind and ${isCompared('a')}
    where ${almatyDate('e.at')} <> ${almatyDate('e.other_at')}
      and e.row not in (select k.row from keyed k join twice t using (operation) where k.row > t.first_row)
    group by e.row
    union all
    select d.row, d.expected from registry_discrepancies d
    where $2 is not null and d.registry_id = $1 and d.kind = 'DUPLICATE_ROW' and d.row = any($2)),
  o as (
    select r.*, c.copied, coalesce(r.type, '') = 'REFUND' as is_refund,
      -- What operators have adjusted is as the journal has it.
      case when a.id is null then p.status when registry_adjusted_amount(a) > 0 then 'CONFIRMED' else 'REVERSED' end as payment_status,
      a.id is null and p.contradicted_at is not null and ledger_owed_to_kaspi(p.id::text) > 0 as contradicted_owed,
      case when a.id is null then p.amount else coalesce(nullif(registry_adjusted_amount(a), 0), p.amount, a.amount) end as payment_amount,
      coalesce(b.customer_id, a.customer_id, p.customer_id) as payment_customer,
      case when b.id is null or registry_adjusted_amount(b) > 0 then coalesce(f.status, 'CREDITED') else 'REFUSED' end as refund_status,
      case when b.id is null then f.amount else coalesce(nullif(registry_adjusted_amount(b), 0), f.amount, b.amount) end as refund_amount,
      coalesce(case when r.type = 'REFUND' then case g.service when 'PAYMENT' then b.payment_fee else b.service_fee end
          else case g.service when 'PAYMENT' then a.payment_fee else a.service_fee end end,
        registry_fee(r.amount, coalesce(own.rate, usual.rate, r.rate))) as tariff_fee
    from registry_rows r cross join g
      left join copies c on c.row = r.row
      left join qr_payments_to_reconcile p on p.id = r.payment_id
      left join refunds_to_reconcile f on f.id = r.refund
      left join registry_adjustments a on a.id = r.payment_id and a.type = 'PURCHASE'
      left join registry_adjustments b on b.id = r.refund and b.type = 'REFUND'
      left join registry_tariff_periods own on own.service = g.service and own.mcc = coalesce(p.mcc, r.mcc)
        and ${almatyDate('r.at')} >= own.valid_from and ${almatyDate('r.at')} < own.valid_until
      left join registry_tariff_periods usual on usual.service = g.service and usual.mcc is null and own.rate is null
        and ${almatyDate('r.at')} >= usual.valid_from and ${almatyDate('r.at')} < usual.valid_until
    where r.registry_id = $1 and ($2 is null or r.row = any($2)))`;

const COMPARED = `
  compared as (
    select o.*,
      case when is_refund then refund is null else payment_id is null end as unknown,
      case when is_refund then refund_amount else payment_amount end as booked,
      -- Of an operation that Kaspi does not have, nothing else is compared.
      confirmed is not false and case when is_refund then refund_amount else payment_amount end <> amount as other_amount,
      -- Spreadsheets drop leading zeros of a number.
      confirmed is not false and ltrim(customer_id, '0') <> ltrim(payment_customer, '0') as other_customer,
      case when confirmed is null then false
        when is_refund then refund is not null and confirmed <> (refund_status <> 'REFUSED')
        when not confirmed then payment_status <> all($7) or contradicted_owed
        else payment_status <> 'CONFIRMED' end as other_status,
      -- The regulation does not say whether a fee is returned with a refund: both are accepted.
      confirmed is not false and tariff_fee is not null and case when is_refund then fee <> 0 and abs(fee) <> abs(tariff_fee)
        else coalesce(fee, 0) <> tariff_fee end as other_fee
    from o),
  by_row as (
    select d.kind, 'row:' || c.row as subject, c.row, c.kaspi_operation_id, c.mpp_payment_id, c.payment_id, c.refund,
      d.expected, d.actual, d.proposal
    from compared c cross join lateral (values
      ('DUPLICATE_ROW', copied is not null, copied, ${money('amount')}, null),
      ('MISSING_AT_MPP', copied is null and unknown and confirmed is not false and type is not null,
        null, concat_ws(' ', case when is_refund then 'Возврат' else 'Покупка' end, ${money('amount')}), null),
      ('AMOUNT_MISMATCH', copied is null and other_amount, ${money('booked')}, ${money('amount')}, null),
      ('CUSTOMER_MISMATCH', copied is null and other_customer, payment_customer, customer_id, null),
      ('STATUS_MISMATCH', copied is null and other_status,
        case when is_refund then refund_status else payment_status end, ${confirmation('confirmed')},
        case when confirmed is false and payment_status = 'IN_DOUBT' and not is_refund then 'REVERSE' end),
      ('FEE_MISMATCH', copied is null and other_fee, ${money('tariff_fee')}, ${money('fee')}, null)
    ) d(kind, differs, expected, actual, proposal)
    -- A row whose type could not be read is not compared.
    where type is not null and d.differs and (copied is not null or unknown or other_amount or other_customer or other_status or other_fee))`;

/**
 * Payments that are owed by the journal, and refunds, of the registry's days that no registry of its kind lists: first those that
 * this one does not list, which are few, and of these those that no other one lists. Payments in doubt may be absent (R34).
 */
const ABSENT = `
  absent_payments as materialized (
    select p.* from qr_payments_owed p cross join g
    where p.at >= ${almatyMidnight('g.period_from')}
      and p.at < ${almatyMidnight('g.period_to + 1')}
      and ($3::uuid[] is null or p.id = any($3))
      and not exists (select 1 from registry_adjustments a where a.id = p.id)
      and not exists (select 1 from registry_rows x where x.registry_id = $1 and x.payment_id = p.id and x.type is distinct from 'REFUND')),
  absent_refunds as materialized (
    select f.* from refunds_to_reconcile f cross join g
    where f.at >= ${almatyMidnight('g.period_from')}
      and f.at < ${almatyMidnight('g.period_to + 1')}
      and ($3 is null or f.id = any($3))
      and not exists (select 1 from registry_adjustments a where a.id = f.id)
      and not exists (select 1 from registry_rows x where x.registry_id = $1 and x.refund = f.id)),
  absent as (
    select 'MISSING_AT_KASPI' as kind, 'payment:' || p.id as subject, null::int as row, p.kaspi_operation_id,
      p.id::text as mpp_payment_id, p.id as payment_id, null::uuid as refund,
      'Покупка ' || ${money('p.amount')} as expected, null::text as actual, null::text as proposal
    from absent_payments p
    where not exists (select 1 from registry_rows x join registries a on a.id = x.registry_id
      where x.payment_id = p.id and x.type is distinct from 'REFUND' and a.kind = (select kind from g) and ${isCompared('a')})
    union all
    select 'MISSING_AT_KASPI', 'refund:' || f.id, null, f.kaspi_operation_id, f.payment_id::text, f.payment_id, f.id,
      'Возврат ' || ${money('f.amount')}, null, null
    from absent_refunds f
    where not exists (select 1 from registry_rows x join registries a on a.id = x.registry_id
      where x.refund = f.id and a.kind = (select kind from g) and ${isCompared('a')})
    union all
    select 'MISSING_AT_KASPI', case d.type when 'PURCHASE' then 'payment:' else 'refund:' end || d.id, null, d.kaspi_operation_id,
      d.mpp_payment_id, case d.type when 'PURCHASE' then d.id else d.payment_id end, case d.type when 'REFUND' then d.id end,
      case d.type when 'PURCHASE' then 'Покупка ' else 'Возврат ' end || ${money('registry_adjusted_amount(d)')}, null, null
    from registry_adjustments d cross join g
    where d.at >= ${almatyMidnight('g.period_from')} and d.at < ${almatyMidnight('g.period_to + 1')}
      and ($3 is null or d.id = any($3)) and d.copy_of is null and registry_adjusted_amount(d) > 0
      and not exists (select 1 from registry_rows x join registries a on a.id = x.registry_id
        where case d.type when 'PURCHASE' then x.payment_id = d.id and x.type is distinct from 'REFUND' else x.refund = d.id end
          and (a.id = g.id or a.kind = g.kind and ${isCompared('a')})))`;

/**
 * "Итоги" against the rows. The regulation does not say whether it counts refunds as negative and rows that are not
 * confirmed: a total that agrees with one of these readings is accepted.
 */
const STATED = `
  summed as (
    select count(*) as rows,
      coalesce(sum(${signed('r')}) filter (where confirmed is not false), 0) as amount, coalesce(sum(${signed('r')}), 0) as amount_of_all,
      coalesce(sum(amount) filter (where confirmed is not false), 0) as turnover, coalesce(sum(amount), 0) as turnover_of_all,
      coalesce(sum(fee) filter (where confirmed is not false), 0) as fee, coalesce(sum(fee), 0) as fee_of_all
    from registry_rows r where registry_id = $1 and $4),
  stated as (
    select 'TOTAL_MISMATCH' as kind, t.subject, g.stated_row as row, null::text as kaspi_operation_id,
      null::text as mpp_payment_id, null::uuid as payment_id, null::uuid as refund, t.expected, t.actual, null::text as proposal
    from g cross join summed s cross join lateral (values
      ('rows', g.stated_rows <> s.rows, s.rows::text, g.stated_rows::text),
      ('amount', g.stated_amount not in (s.amount, s.amount_of_all, s.turnover, s.turnover_of_all),
        ${money('s.amount')}, ${money('g.stated_amount')}),
      ('fee', g.stated_fee not in (s.fee, s.fee_of_all), ${money('s.fee')}, ${money('g.stated_fee')})
    ) t(subject, differs, expected, actual)
    where t.differs and $4)`;

/** SQL: identifies the operation of a row, the same in every row and registry that lists it. */
const operationKey = (row: string) => `case ${row}.type
  when 'REFUND' then coalesce(${row}.refund::text, ${row}.kaspi_operation_id, concat_ws('/', ${row}.mpp_payment_id, ${row}.amount, ${row}.at))
  else coalesce(${row}.payment_id::text, ${row}.kaspi_operation_id, ${row}.mpp_payment_id, ${row}.registry_id || '/' || ${row}.row) end`;

/**
 * For a monthly registry, the number and the sum of operations of each day that daily registries cover, against theirs. The
 * newest daily registry that lists an operation counts; a duplicate is a discrepancy of its own.
 */
const MONTH = `
  daily as (
    select day, count(*) as operations, sum(${signed('d')}) as amount from (
      select distinct on (${operationKey('x')}, x.type) ${almatyDate('x.at')} as day, x.type, x.amount, x.confirmed
      from g join registries a on $4 and g.kind = 'MONTHLY' and a.kind = 'DAILY' and ${isCompared('a')}
          and daterange(a.period_from, a.period_to, '[]') && daterange(g.period_from - 1, g.period_to + 1, '[]')
        join registry_rows x on x.registry_id = a.id
      order by ${operationKey('x')}, x.type, a.received_at desc, a.id desc, x.row) d
    where confirmed is not false group by day),
  monthly as (
    select day, count(*) as operations, sum(${signed('m')}) as amount from (
      select distinct on (${operationKey('r')}, r.type) ${almatyDate('r.at')} as day, r.type, r.amount, r.confirmed
      from g join registry_rows r on $4 and g.kind = 'MONTHLY' and r.registry_id = g.id
      order by ${operationKey('r')}, r.type, r.row) m
    where confirmed is not false group by day),
  covered as (
    select day::date from g cross join generate_series(g.period_from, g.period_to, interval '1 day') day
    where $4 and g.kind = 'MONTHLY' and exists (select 1 from registries a where a.kind = 'DAILY'
      and ${isCompared('a')} and day::date between a.period_from and a.period_to)),
  by_day as (
    select 'TOTAL_MISMATCH' as kind, 'day:' || c.day as subject, null::int as row, null::text as kaspi_operation_id,
      null::text as mpp_payment_id, null::uuid as payment_id, null::uuid as refund,
      format('%s: %s, %s', c.day, coalesce(d.operations, 0), ${money('coalesce(d.amount, 0)')}) as expected,
      format('%s: %s, %s', c.day, coalesce(m.operations, 0), ${money('coalesce(m.amount, 0)')}) as actual, null::text as proposal
    from covered c left join daily d using (day) left join monthly m using (day)
    where (coalesce(d.operations, 0), coalesce(d.amount, 0)) is distinct from (coalesce(m.operations, 0), coalesce(m.amount, 0)))`;

const COLUMNS =
  'kind, subject, row, kaspi_operation_id, mpp_payment_id, payment_id, refund, expected, actual, proposal';

/** SQL: common table expressions; `found` has the discrepancies in the scope. */
export const FOUND_DISCREPANCIES = `${OPERATIONS}, ${COMPARED}, ${ABSENT}, ${STATED}, ${MONTH},
  found as materialized (
    select ${COLUMNS} from by_row union all select ${COLUMNS} from absent
    union all select ${COLUMNS} from stated union all select ${COLUMNS} from by_day)`;
