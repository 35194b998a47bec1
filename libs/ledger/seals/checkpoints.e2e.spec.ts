import { describe, expect, it } from '@jest/globals';
import { RandomJournal, RUNS_TIMEOUT_MS } from '../../../test/support/random-journal.js';

const journal = new RandomJournal();

describe('the checkpoints of a customer’s account', () => {
  it(
    'are at least 100 and fewer than 150 entries apart, with seals of at most 50 entries',
    async () => {
      await journal.checkAfterRandomSteps(async () => undefined);
      const posting = { account: 0, amount: 5, jump: 1, settles: false };
      await journal.take({ postings: Array.from({ length: 150 }, () => posting) });
      while (await journal.seal(50));
      const [account] = journal.accounts;
      const [found] = await journal.database.query<{
        entries: number;
        checkpoints: number;
        least: number;
        most: number;
      }>(
        `with own as (
         select e.id, (select min(c.last_id) from ledger_checkpoints c where c.account_id = $1 and c.last_id >= e.id) as until
         from ledger_entries e where $1 in (e.debit_account_id, e.credit_account_id))
       select (select count(*)::int from own) as entries,
         (select count(*)::int from ledger_checkpoints where account_id = $1) as checkpoints,
         (select min(n)::int from (select count(*) n from own where until is not null group by until) m) as least,
         (select max(n)::int from (select count(*) n from own group by until) m) as most`,
        [account],
      );
      expect(found?.entries).toBeGreaterThan(300);
      expect(found?.checkpoints).toBeGreaterThanOrEqual(2);
      expect(found?.least).toBeGreaterThanOrEqual(100);
      expect(found?.most).toBeLessThan(150);
    },
    RUNS_TIMEOUT_MS,
  );
});
