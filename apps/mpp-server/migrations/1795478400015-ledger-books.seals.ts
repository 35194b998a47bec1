/** The hash chain over the journal, and what it lets be read without reading all of the journal. */
export const SEALS = `
  -- Seals cover the journal in order of id, without a gap between them. Append only.
  create table ledger_seals (
    number bigint primary key check (number > 0),
    first_id bigint not null,
    last_id bigint not null check (last_id >= first_id),
    entries int not null check (entries > 0),
    booked_until timestamptz not null,  -- the latest booked_at of all entries up to here: it never goes back
    late_by bigint not null check (late_by >= 0), -- how far its earliest booked_at lies before the latest one until then: µs
    hash bytea not null check (length(hash) = 32),
    entry_ids bigint[] not null,        -- with the digests: which of its entries is no longer what it was
    digests bytea not null,             -- the first 8 bytes of each
    sealed_at timestamptz not null,
    check (cardinality(entry_ids) = entries and length(digests) = 8 * entries)
  );
  create unique index ledger_seals_last on ledger_seals (last_id);
  create index ledger_seals_booked on ledger_seals (booked_until, number);
  create index ledger_seals_late on ledger_seals (late_by);

  -- All that was debited and credited up to a seal, by kind of account.
  create table ledger_turnovers (
    seal bigint not null,
    kind text not null,
    debited numeric not null,
    credited numeric not null,
    primary key (seal, kind)
  );

  -- The same of a customer's account, every 100 entries of it or so.
  create table ledger_checkpoints (
    account_id uuid not null,
    seal bigint not null,
    last_id bigint not null,
    debited numeric not null,
    credited numeric not null,
    primary key (account_id, seal)
  );
  create index ledger_checkpoints_seal on ledger_checkpoints (seal);

  -- What the check of the books found, each time.
  create table ledger_verifications (
    number bigint generated always as identity primary key,
    verified_at timestamptz not null,
    entries bigint not null,            -- in seals, each of which was compared
    seal bigint,                        -- the head of the chain at that time; null before the first seal
    hash bytea,
    faults int not null check (faults >= 0)
  );

  create function ledger_guard_seal() returns trigger language plpgsql as $$
  declare
    previous record;
  begin
    select number, last_id, booked_until into previous from ledger_seals order by number desc limit 1;
    if new.number <> coalesce(previous.number, 0) + 1 or new.first_id <= previous.last_id
        or new.booked_until < previous.booked_until then
      raise exception 'seal % does not follow the one before', new.number
        using errcode = 'check_violation', constraint = 'ledger_seals_in_order';
    end if;
    return new;
  end $$;
  create trigger ledger_seals_guard before insert on ledger_seals for each row execute function ledger_guard_seal();
  alter table ledger_seals enable always trigger ledger_seals_guard;

  do $$
  declare
    kept text;
  begin
    foreach kept in array array['ledger_seals', 'ledger_turnovers', 'ledger_checkpoints', 'ledger_verifications'] loop
      execute format('create trigger %1$s_keep before update or delete on %1$I for each row execute function platform_refuse();
        create trigger %1$s_keep_all before truncate on %1$I execute function platform_refuse();
        alter table %1$I enable always trigger %1$s_keep;
        alter table %1$I enable always trigger %1$s_keep_all', kept);
    end loop;
  end $$;

  -- The digest of an entry: SHA-256 of a JSON array of all its columns, in UTF-8, whatever the session's settings are.
  create function ledger_digest(e ledger_entries) returns bytea language sql stable as $$
    select sha256(convert_to(json_build_array(e.id, e.purpose, e.reference, e.debit_account_id, e.credit_account_id, e.amount,
      (extract(epoch from e.booked_at) * 1000000)::bigint, e.corrects, e.reason, e.operator)::text, 'UTF8'))
  $$;

  -- The hash of a seal: over the one before, what the seal says of itself, and the digest of each entry in order of id.
  create function ledger_hash(p_previous bytea, p_number bigint, p_sealed_at timestamptz, p_digests bytea) returns bytea
  language sql stable as $$
    select sha256(coalesce(p_previous, ''::bytea)
      || convert_to(json_build_array(p_number, length(p_digests) / 32, (extract(epoch from p_sealed_at) * 1000000)::bigint)::text, 'UTF8')
      || p_digests)
  $$;
`;

export const READING = `
  -- '?' for an account that does not exist: only an entry that was smuggled in can name one.
  create function ledger_kind(p_account uuid) returns text language sql stable as $$
    select coalesce((select kind from ledger_accounts where id = p_account), '?')
  $$;

  -- What entries with ids of a stretch moved on each account.
  create function ledger_moved(p_first bigint, p_last bigint)
  returns table (account_id uuid, kind text, debited numeric, credited numeric) language sql stable as $$
    select m.account_id, ledger_kind(m.account_id), sum(m.debited), sum(m.credited)
    from (select debit_account_id as account_id, amount as debited, 0 as credited from ledger_entries where id between p_first and p_last
      union all select credit_account_id, 0, amount from ledger_entries where id between p_first and p_last) m
    group by 1
  $$;

  -- What one account's entries behind an id, up to another, booked before a moment, moved on it.
  create function ledger_account_moved(p_account uuid, p_after bigint, p_until bigint, p_before timestamptz,
    out entries bigint, out debited numeric, out credited numeric) language sql stable as $$
    select count(*), coalesce(sum(m.debited), 0), coalesce(sum(m.credited), 0)
    from (select amount as debited, 0 as credited from ledger_entries
        where debit_account_id = p_account and id > p_after and id <= p_until and booked_at < p_before
      union all select 0, amount from ledger_entries
        where credit_account_id = p_account and id > p_after and id <= p_until and booked_at < p_before) m
  $$;

  -- Where in the journal entries booked from p_from on, and before p_before, can lie: behind one id, up to another. What a
  -- process whose clock was behind wrote lies later than it should, by no more than late_by of its seal; of what is not
  -- sealed nothing is known.
  create function ledger_stretches(p_from timestamptz, p_before timestamptz)
  returns table (after_id bigint, until_id bigint) language sql stable as $$
    with edges as (select
        coalesce((select last_id from ledger_seals where booked_until < p_from order by booked_until desc, number desc limit 1),
          -9223372036854775808) as begins,
        coalesce((select last_id from ledger_seals
          where booked_until >= p_before + (select max(late_by) from ledger_seals) * interval '1 microsecond'
          order by booked_until, number limit 1), 9223372036854775807) as ends,
        (select last_id from ledger_seals order by number desc limit 1) as sealed)
    select begins, ends from edges
    union all select sealed, 9223372036854775807 from edges where ends < 9223372036854775807
  $$;

  -- What was debited and credited to an account by entries with ids up to p_up_to, booked before p_before: from the last
  -- checkpoint that counts whole, of shared accounts from the last seal.
  create function ledger_turnover(p_account uuid, p_up_to bigint, p_before timestamptz, out debited numeric, out credited numeric)
  language plpgsql stable as $$
  declare
    whole record;
    base record;
  begin
    debited := 0;
    credited := 0;
    if p_before = '-infinity' or p_up_to < 0 then
      return;
    end if;
    select number, last_id into whole from ledger_seals
    where number <= (select number from ledger_seals where last_id <= p_up_to order by last_id desc limit 1)
      and number <= (select number from ledger_seals where booked_until < p_before order by booked_until desc, number desc limit 1)
    order by number desc limit 1;
    if ledger_kind(p_account) in ('CUSTOMER', 'CORE_CUSTOMER') then
      select c.last_id, c.debited, c.credited into base from ledger_checkpoints c
      where c.account_id = p_account and c.seal <= whole.number order by c.seal desc limit 1;
    else
      select whole.last_id, t.debited, t.credited into base from ledger_turnovers t
      where t.seal = whole.number and t.kind = ledger_kind(p_account);
    end if;
    select coalesce(base.debited, 0) + sum(m.debited), coalesce(base.credited, 0) + sum(m.credited) into debited, credited
    from ledger_stretches(null, p_before) s
    cross join lateral ledger_account_moved(p_account,
      greatest(s.after_id, base.last_id), least(s.until_id, p_up_to), p_before) m;
  end $$;

  -- The same of every kind of account.
  create function ledger_turnovers_until(p_before timestamptz)
  returns table (kind text, debited numeric, credited numeric) language plpgsql stable as $$
  #variable_conflict use_column
  declare
    whole record;
  begin
    select number, last_id into whole from ledger_seals
    where booked_until < p_before order by booked_until desc, number desc limit 1;
    return query
      with moved as (
        select e.debit_account_id, e.credit_account_id, e.amount
        from ledger_stretches(null, p_before) s
        join ledger_entries e on e.id > greatest(s.after_id, whole.last_id) and e.id <= s.until_id and e.booked_at < p_before),
      accounts as (
        select m.account_id, sum(m.debited) as debited, sum(m.credited) as credited
        from (select debit_account_id as account_id, amount as debited, 0 as credited from moved
          union all select credit_account_id, 0, amount from moved) m
        group by 1)
      select t.kind, sum(t.debited), sum(t.credited)
      from (select kind, debited, credited from ledger_turnovers where seal = whole.number
        union all
        select ledger_kind(m.account_id), m.debited, m.credited from accounts m) t
      group by t.kind;
  end $$;
`;

export const SEALING = `
  -- Seals up to p_limit of the entries behind the last seal, none of them behind p_horizon: the caller has seen that no
  -- transaction is under way that may yet write an id up to there. Returns the seal's number; null where there is nothing
  -- to seal, or another process is sealing.
  create function ledger_seal(p_horizon bigint, p_limit int, p_at timestamptz) returns bigint language plpgsql as $$
  declare
    previous record;
    batch record;
    this bigint;
  begin
    if not pg_try_advisory_xact_lock(65100121) then
      return null;
    end if;
    select number, last_id, booked_until, hash into previous from ledger_seals order by number desc limit 1;
    this := coalesce(previous.number, 0) + 1;
    select count(*)::int as entries, min(id) as first_id, max(id) as last_id, min(booked_at) as earliest, max(booked_at) as latest,
        array_agg(id order by id) as ids, string_agg(digest, ''::bytea order by id) as digests,
        string_agg(substr(digest, 1, 8), ''::bytea order by id) as short into batch
      from (select e.id, e.booked_at, ledger_digest(e) as digest from ledger_entries e
        where e.id > coalesce(previous.last_id, -9223372036854775808) and e.id <= p_horizon order by e.id limit p_limit) e;
    if batch.entries = 0 then
      return null;
    end if;
    insert into ledger_seals (number, first_id, last_id, entries, booked_until, late_by, hash, entry_ids, digests, sealed_at)
    values (this, batch.first_id, batch.last_id, batch.entries, greatest(previous.booked_until, batch.latest),
      greatest((extract(epoch from previous.booked_until - batch.earliest) * 1000000)::bigint, 0),
      ledger_hash(previous.hash, this, p_at, batch.digests), batch.ids, batch.short, p_at);
    insert into ledger_turnovers (seal, kind, debited, credited)
      select this, kind, sum(debited), sum(credited)
      from (select kind, debited, credited from ledger_turnovers where seal = previous.number
        union all select kind, debited, credited from ledger_moved(batch.first_id, batch.last_id)) t
      group by kind;
    insert into ledger_checkpoints (account_id, seal, last_id, debited, credited)
      select m.account_id, this, batch.last_id, coalesce(c.debited, 0) + since.debited, coalesce(c.credited, 0) + since.credited
      from ledger_moved(batch.first_id, batch.last_id) m
      left join lateral (select last_id, debited, credited from ledger_checkpoints
        where account_id = m.account_id order by seal desc limit 1) c on true
      cross join lateral ledger_account_moved(m.account_id, coalesce(c.last_id, -9223372036854775808), batch.last_id, 'infinity') since
      where m.kind in ('CUSTOMER', 'CORE_CUSTOMER') and since.entries >= 100;
    return this;
  end $$;
`;
