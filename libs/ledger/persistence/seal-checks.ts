import type { ReportDatabase } from '@mpp/platform';
import type { Fault } from '../domain/fault.js';
import type { Seal } from '../domain/seal.js';

/** A seal, compared with its entries. */
export interface SealCheck extends Seal {
  /** Whether the previous seal exists. */
  readonly follows: boolean;
  /** Whether its entries agree with the columns of the seal and with its hash. */
  readonly sound: boolean;
}

/** One statement compares seals until they cover this many entries, at least one seal. */
const ENTRIES_PER_STATEMENT = 20_000;
const SEALS_PER_STATEMENT = 500;

// A seal whose predecessor is missing is compared by its own first id.
const AFTER_ID = `coalesce(seal.previous_id, case seal.number when 1 then -9223372036854775808 else seal.first_id - 1 end)`;
const WITH_PREVIOUS = `
  select s.*, p.number as previous, p.last_id as previous_id, p.hash as previous_hash, p.booked_until as previous_until
  from ledger_seals s left join ledger_seals p on p.number = s.number - 1`;

/** Compares the next seals after this number. */
export async function checkSealsAfter(reports: ReportDatabase, number: string): Promise<SealCheck[]> {
  return reports.query(
    `with seal as (${WITH_PREVIOUS}
      where s.number in (
        select number from (
          select number, sum(entries) over (order by number) - entries as before
          from (select number, entries from ledger_seals where number > $1 order by number limit ${SEALS_PER_STATEMENT}) next) counted
        where before < ${ENTRIES_PER_STATEMENT}))
    select seal.number, encode(seal.hash, 'hex') as hash, seal.entries, seal.first_id as "firstId", seal.last_id as "lastId",
      seal.number = 1 or seal.previous is not null as follows,
      ledger_hash(seal.previous_hash, seal.number, seal.sealed_at, found.digests) is not distinct from seal.hash
        and (found.ids, found.short, found.entries, found.first_id, found.last_id)
          is not distinct from (seal.entry_ids, seal.digests, seal.entries, seal.first_id, seal.last_id)
        and greatest(seal.previous_until, found.latest) is not distinct from seal.booked_until
        and greatest((extract(epoch from seal.previous_until - found.earliest) * 1000000)::bigint, 0)
          is not distinct from seal.late_by as sound
    from seal cross join lateral (
      select count(*)::int as entries, min(id) as first_id, max(id) as last_id, min(booked_at) as earliest, max(booked_at) as latest,
        array_agg(id order by id) as ids, string_agg(digest, ''::bytea order by id) as digests,
        string_agg(substr(digest, 1, 8), ''::bytea order by id) as short
      from (select e.id, e.booked_at, ledger_digest(e) as digest from ledger_entries e
        where e.id <= seal.last_id and e.id > ${AFTER_ID}) entry) found
    order by seal.number`,
    [number],
  );
}

/** The entries of a seal that were altered, deleted or inserted. */
export async function findFaultyEntries(reports: ReportDatabase, seal: string): Promise<Fault[]> {
  return reports.query(
    `with seal as (${WITH_PREVIOUS} where s.number = $1),
    entry as (
      select e.id, substr(ledger_digest(e), 1, 8) as digest
      from seal join ledger_entries e on e.id <= seal.last_id and e.id > ${AFTER_ID}),
    sealed as (
      select listed.id, substr(seal.digests, 8 * listed.place::int - 7, 8) as digest
      from seal cross join unnest(seal.entry_ids) with ordinality as listed (id, place))
    select 'entry ' || id as subject, case when entry.digest is null then 'ENTRY_MISSING'
      when sealed.digest is null then 'ENTRY_INSERTED' else 'ENTRY_ALTERED' end as kind
    from sealed full join entry using (id)
    where sealed.digest is distinct from entry.digest
    order by id`,
    [seal],
  );
}

/** The turnovers and checkpoints of the seals that differ from the previous sums plus the entries of the seal. */
export async function findFaultySums(reports: ReportDatabase, seals: readonly SealCheck[]): Promise<Fault[]> {
  return reports.query(
    `with seal as (select * from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as s (number, first_id, last_id)),
    expected as (
      select seal, kind, sum(debited) as debited, sum(credited) as credited
      from (select seal.number as seal, t.kind, t.debited, t.credited
          from seal join ledger_turnovers t on t.seal = seal.number - 1
        union all
        select seal.number, m.kind, m.debited, m.credited
          from seal cross join lateral ledger_turnover_by_account(seal.first_id, seal.last_id) m) t
      group by seal, kind),
    stored as (select t.* from seal join ledger_turnovers t on t.seal = seal.number)
    select kind, subject from (
    select seal, 'TURNOVER_WRONG' as kind, 'turnover of ' || kind || ' at seal ' || seal as subject
    from expected full join stored using (seal, kind)
    where (expected.debited, expected.credited) is distinct from (stored.debited, stored.credited)
    union all
    select seal.number, 'CHECKPOINT_WRONG', 'checkpoint of account ' || c.account_id || ' at seal ' || seal.number
    from seal join ledger_checkpoints c on c.seal = seal.number
    left join lateral (select last_id, debited, credited from ledger_checkpoints p
      where p.account_id = c.account_id and p.seal < c.seal order by p.seal desc limit 1) p on true
    cross join lateral ledger_account_turnover(c.account_id, coalesce(p.last_id, -9223372036854775808), seal.last_id, 'infinity') m
    where (c.last_id, c.debited, c.credited)
      is distinct from (seal.last_id, coalesce(p.debited, 0) + m.debited, coalesce(p.credited, 0) + m.credited)) fault
    order by seal, subject`,
    [seals.map(({ number }) => number), seals.map(({ firstId }) => firstId), seals.map(({ lastId }) => lastId)],
  );
}
