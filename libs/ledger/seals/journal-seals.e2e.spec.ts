import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AccountId } from '@mpp/kernel';
import { ReportDatabase } from '@mpp/platform';
import { Logger } from '@nestjs/common';
import type pg from 'pg';
import { LedgerFixture } from '../../../test/support/ledger-fixture.js';
import { until } from '../../../test/support/until.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';
import { readJournalHorizon } from '../persistence/journal-horizon.js';
import { JournalCheck } from '../verification/journal-check.js';
import { JournalSeals } from './journal-seals.service.js';

// Only the tests seal.
const fixture = new LedgerFixture({ BACKGROUND_WORK: 'off' });
let seals: JournalSeals;
let account: AccountId;
let sessions: pg.Client[];
let payments = 0;

beforeAll(async () => {
  seals = fixture.server.app.get(JournalSeals);
  account = await fixture.openAccount('100000.00');
  sessions = await Promise.all([1, 2, 3].map(() => fixture.database.connect()));
});

beforeEach(async () => {
  await seals.sealAll();
});

/** Posts a payment of 1.00 and returns the id of its entry. */
async function postPayment(client: pg.Client, agoMs = 0): Promise<string> {
  const values = [`p-${++payments}`, account, SHARED_ACCOUNTS.IN_TRANSIT, new Date(Date.now() - agoMs)];
  const { rows } = await client.query<{ id: string }>(
    "select ledger_post('PAYMENT', $1, $2, $3, 100, $4) as id",
    values,
  );
  return rows[0]?.id ?? '';
}

/** Posts a deposit for a new customer, which does not wait for the row of another account. Returns the id of the entry. */
async function postDeposit(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `with opened as (insert into ledger_accounts (id, kind, customer_id, name, balance, created_at)
       values (gen_random_uuid(), 'CUSTOMER', 'S2', 'счёт', 0, now()) returning id)
     select id from opened`,
  );
  const posted = await client.query<{ id: string }>("select ledger_post('DEPOSIT', 'd', $1, $2, 100, now()) as id", [
    SHARED_ACCOUNTS.FUNDING,
    rows[0]?.id,
  ]);
  return posted.rows[0]?.id ?? '';
}

async function sealedIds(): Promise<string[]> {
  const rows = await fixture.database.query<{ id: string }>(
    'select unnest(entry_ids) as id from ledger_seals order by number, id',
  );
  return rows.map(({ id }) => id);
}

async function allIds(): Promise<string[]> {
  return (await fixture.database.query<{ id: string }>('select id from ledger_entries order by id')).map(
    ({ id }) => id,
  );
}

/** Begins work that waits for other writers of the journal, and returns it after its second poll. */
async function waitingForWriters<T>(begin: () => Promise<T>): Promise<{ waiting: Promise<T> }> {
  const query = jest.spyOn(fixture.server.app.get(ReportDatabase), 'query');
  try {
    const waiting = begin();
    const polls = () => query.mock.calls.filter(([sql]) => sql.includes('pg_locks')).length;
    await until('a second poll of the writers', polls, (count) => count > 1);
    return { waiting };
  } finally {
    query.mockRestore();
  }
}

const findFaults = async () => (await fixture.server.app.get(JournalCheck).checkChain([])).faults;

describe('an open transaction', () => {
  it.each(['commit', 'rollback'])('that has written a smaller id is waited for until its %s', async (end) => {
    const [early] = sessions as [pg.Client];
    await early.query('begin');
    const smaller = await postDeposit(early);
    const larger = await postPayment(sessions[1] as pg.Client);
    expect(Number(smaller)).toBeLessThan(Number(larger));
    const { waiting: sealing } = await waitingForWriters(() => seals.sealAll());
    expect(await sealedIds()).not.toContain(larger);
    await early.query(end);
    expect(await sealing).toBe(end === 'commit' ? 2 : 1);
    expect(await sealedIds()).toEqual(await allIds());
    expect(await findFaults()).toEqual([]);
  });

  it('that begins to write after the horizon was read is not waited for', async () => {
    const [early, late] = sessions as [pg.Client, pg.Client];
    await early.query('begin');
    await postDeposit(early);
    const { waiting: horizon } = await waitingForWriters(() =>
      readJournalHorizon(fixture.server.app.get(ReportDatabase), 60_000),
    );
    // It begins later, so its ids are larger than the horizon.
    await late.query('begin');
    const larger = await postDeposit(late);
    await early.query('commit');
    const found = await horizon;
    expect(found?.complete).toBe(true);
    expect(Number(found?.id)).toBeLessThan(Number(larger));
    await late.query('commit');
  });

  it('that does not end delays only the seals, which are made after its end', async () => {
    const [stuck] = sessions as [pg.Client];
    await stuck.query('begin');
    await postDeposit(stuck);
    expect(await readJournalHorizon(fixture.server.app.get(ReportDatabase), 100)).toMatchObject({ complete: false });
    await postPayment(sessions[1] as pg.Client);
    await stuck.query('commit');
    expect(await seals.sealAll()).toBe(2);
    expect(await findFaults()).toEqual([]);
  });

  it('holds the lock of a writer before its id is generated, because ids are not cached', async () => {
    const [sequence] = await fixture.database.query<{ cache: string }>(
      `select seqcache::text as cache from pg_sequence
       where seqrelid = pg_get_serial_sequence('ledger_entries', 'id')::regclass`,
    );
    // A session with cached ids would insert smaller ids than others have committed.
    expect(sequence).toEqual({ cache: '1' });
  });
});

describe('several processes', () => {
  it('seal at once, and every entry is in one seal of one chain without a gap', async () => {
    const [one, two, writer] = sessions as [pg.Client, pg.Client, pg.Client];
    let [writing, sealed] = [true, 0];
    const writes = (async () => {
      for (let count = 0; count < 60 || sealed <= 10; count++) await postPayment(writer);
      writing = false;
    })();
    const seal = async (client: pg.Client) => {
      while (writing) {
        const horizon = await readJournalHorizon(fixture.server.app.get(ReportDatabase), 60_000);
        const { rows } = await client.query<{ number: string | null }>('select ledger_seal($1, 3, now()) as number', [
          horizon?.complete ? horizon.id : 0,
        ]);
        if (rows[0]?.number != null) sealed++;
      }
    };
    await Promise.all([writes, seal(one), seal(two)]);
    await seals.sealAll();
    expect(await sealedIds()).toEqual(await allIds());
    const numbers = await fixture.database.query<{ number: string }>('select number from ledger_seals order by number');
    expect(numbers.length).toBeGreaterThan(10);
    expect(numbers.map(({ number }) => Number(number))).toEqual(numbers.map((_, index) => index + 1));
    expect(await findFaults()).toEqual([]);
  });

  it('seal the journal after one of them was disconnected during a seal', async () => {
    const dying = await fixture.database.connect();
    await postPayment(dying);
    await dying.query('begin');
    const { rows } = await dying.query<{ number: string | null }>('select ledger_seal($1, 5000, now()) as number', [
      (await allIds()).at(-1),
    ]);
    expect(rows[0]?.number).not.toBeNull();
    // While it is connected, no other process seals or waits.
    expect(await seals.sealAll()).toBe(0);
    (dying as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    await until(
      'the lock of the disconnected session is released',
      () => seals.sealAll(),
      (count) => count === 1,
    );
    expect(await sealedIds()).toEqual(await allIds());
    expect(await findFaults()).toEqual([]);
  });
});

describe('a seal', () => {
  it('is logged with the new head of the chain', async () => {
    const log = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const id = await postPayment(sessions[0] as pg.Client);
    await seals.sealAll();
    const [head] = await fixture.database.query<{ head: string }>(
      "select number || ':' || encode(hash, 'hex') as head from ledger_seals order by number desc limit 1",
    );
    expect(log.mock.calls.map(([line]) => line)).toEqual([`sealed entries ${id} to ${id}: head ${head?.head}`]);
    log.mockRestore();
  });

  it('is counted in the metrics, with the age of the oldest entry without a seal', async () => {
    const metrics = async () => (await fetch(`${fixture.server.publicUrl}/metrics`)).text();
    const [head] = await fixture.database.query<{ number: string }>('select max(number) as number from ledger_seals');
    expect(await metrics()).toContain(`mpp_ledger_seals ${head?.number}\n`);
    expect(await metrics()).toContain('mpp_ledger_unsealed_age_seconds 0\n');
    await postPayment(sessions[0] as pg.Client, 3_600_000);
    const [, age] = /^mpp_ledger_unsealed_age_seconds (\S+)/m.exec(await metrics()) ?? [];
    expect(Math.abs(Number(age) - 3600)).toBeLessThan(60);
  });
});
