import { beforeAll } from '@jest/globals';
import { type AccountId, type CustomerId, Money } from '@mpp/kernel';
import { JournalSeals, SHARED_ACCOUNTS } from '@mpp/ledger';
import { LedgerFixture } from './ledger-fixture.js';
import type { Answer } from './mpp.js';
import { TestClock } from './test-clock.js';

export const HOUR = 3_600_000;

export interface StatementBody extends Record<string, unknown> {
  items: { entryId: string; reference: string; debit: string; credit: string; balance: string }[];
  openingBalance: string;
  closingBalance: string;
  nextCursor: string | null;
}

/** A ledger with one account of the customer T1 and three hours of entries, of which the first two are sealed. */
export class StatementFixture extends LedgerFixture {
  account!: AccountId;
  /** The beginnings of the three hours. */
  readonly begins: Date[] = [];

  constructor(readonly clock = new TestClock()) {
    super({ BACKGROUND_WORK: 'off' }, clock);
    beforeAll(async () => {
      this.account = (await this.customerAccounts.openAccount('T1' as CustomerId, 'Основной счёт')).id;
      for (const hour of [1, 2, 3]) {
        this.begins.push(clock.now());
        await this.customerAccounts.postDeposit(this.account, Money.parse('100.00'), `=hour ${hour}`);
        for (const payment of ['a', 'b']) await this.pay(`${hour}${payment}`, 1000 * hour);
        clock.advance(HOUR);
        if (hour === 2) await this.server.app.get(JournalSeals).sealAll();
      }
    });
  }

  async pay(reference: string, tiyn: number, at = this.clock.now()): Promise<void> {
    await this.database.query("select ledger_post('PAYMENT', $1, $2, $3, $4, $5)", [
      ...[reference, this.account, SHARED_ACCOUNTS.IN_TRANSIT, tiyn, at],
    ]);
  }

  /** Reads a resource of `/ops/v1/ledger/` as accounting. */
  async get<Body = StatementBody>(path: string): Promise<Answer<Body>> {
    return this.call<Body>('GET', `ledger/${path}`);
  }

  async download(path: string): Promise<{ headers: Headers; bytes: Buffer }> {
    const token = await this.server.mpp.teamToken('accounting');
    const response = await fetch(`${this.server.publicUrl}/ops/v1/ledger/${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (response.status !== 200) throw new Error(`${path}: HTTP ${response.status}`);
    return { headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  /** The query of the period from the beginning of one hour to that of another. */
  period(fromHour: number, toHour: number): string {
    return `from=${this.begins[fromHour - 1]?.toISOString()}&to=${this.begins[toHour - 1]?.toISOString()}`;
  }
}
