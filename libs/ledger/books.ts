import { type AccountId, Clock, DomainError } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { balanceOn, type LedgerAccount } from './domain/account.js';
import type { Entry } from './domain/entry.js';
import { type Period, type Statement, type StatementPosition, statementOf } from './domain/statement.js';
import { type TrialBalance, trialBalance } from './domain/trial-balance.js';
import { AccountEntity } from './persistence/account.entity.js';
import { horizonOf } from './persistence/horizon.js';
import { entriesOf } from './persistence/journal.js';
import { selectStatement } from './persistence/statement.js';
import { turnoverOf, turnovers } from './persistence/turnovers.js';

/** Transactions that write the journal end within milliseconds. One that does not is not waited for by whoever reads. */
const OTHERS_END_WITHIN_MS = 500;
/** Entries that an export reads at once. */
const EXPORT_PAGE = 2000;

/** The books as they are read: balances, statements and the trial balance, of now or of any moment of the past. */
@Injectable()
export class Books {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** At the moment, what was booked at it included; null: now. Of one snapshot, whatever runs meanwhile. */
  async trialBalance(at: Date | null): Promise<TrialBalance & { at: Date }> {
    this.demandPast('at', at);
    const now = this.clock.now();
    const booked = await turnovers(this.database, at);
    return { ...trialBalance(booked.turnovers, booked.customerBalances), at: at ?? now };
  }

  /** The account and, in tiyn, its balance on its normal side; NOT_FOUND. */
  async account(id: AccountId, at: Date | null): Promise<{ account: LedgerAccount; balance: bigint; at: Date }> {
    this.demandPast('at', at);
    const account = await this.existing(id);
    const now = this.clock.now();
    return { account, balance: balanceOn(account.kind, await turnoverOf(this.database, id, at)), at: at ?? now };
  }

  /** All accounts, by creation time and id; `after` is where the page before ended. */
  async accounts(limit: number, after: { at: Date; id: string } | null): Promise<LedgerAccount[]> {
    const query = this.database.manager
      .createQueryBuilder(AccountEntity, 'a')
      .orderBy('a.createdAt')
      .addOrderBy('a.id')
      .limit(limit);
    if (after !== null) query.where('(a.createdAt, a.id) > (:at, :id)', after);
    return query.getMany();
  }

  /** The account's entries, the newest first; NOT_FOUND where there is no such account. */
  async entries(id: AccountId, limit: number, before: string | null): Promise<Entry[]> {
    await this.existing(id);
    return entriesOf(this.database, id, limit, before);
  }

  /**
   * The account's entries of the period in order of the journal, with the balance after each; NOT_FOUND. Pages that go on
   * from each other show one state of the journal, whatever is posted meanwhile.
   */
  async page(id: AccountId, period: Period, position: StatementPosition | null, limit: number): Promise<Statement> {
    const account = await this.existing(id);
    return this.read(account, period, position ?? (await this.firstPage()), limit);
  }

  /** All pages of it, read one by one as they are asked for. */
  async *pages(id: AccountId, period: Period): AsyncGenerator<Statement> {
    const account = await this.existing(id);
    for (let position: StatementPosition | null = await this.firstPage(); position !== null; ) {
      const page: Statement = await this.read(account, period, position, EXPORT_PAGE);
      yield page;
      position = page.next;
    }
  }

  private async read(account: LedgerAccount, period: Period, position: StatementPosition, limit: number) {
    const { sums, movements } = await selectStatement(this.database, account.id, period, position, limit + 1);
    return statementOf(account, period, sums, movements, { limit, horizon: position.horizon });
  }

  private async firstPage(): Promise<StatementPosition> {
    const horizon = await horizonOf(this.database, OTHERS_END_WITHIN_MS);
    return { horizon: horizon?.id ?? '0', after: null };
  }

  private async existing(id: AccountId): Promise<LedgerAccount> {
    const account = await this.database.manager.findOneBy(AccountEntity, { id });
    if (account === null) throw new DomainError('NOT_FOUND');
    return account;
  }

  private demandPast(field: string, at: Date | null): void {
    if (at !== null && at > this.clock.now()) {
      const message = { ru: 'этот момент ещё не наступил', kk: 'бұл сәт әлі келген жоқ' };
      throw new DomainError('VALIDATION_FAILED', { errors: [{ field, message }] });
    }
  }
}
