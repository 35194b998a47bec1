import type { AccountId } from '@mpp/kernel';
import { ReportDatabase } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { LedgerAccounts } from '../accounts/ledger-accounts.js';
import type { LedgerAccount } from '../domain/account.js';
import { type Period, type Statement, type StatementPosition, statementOf } from '../domain/statement.js';
import { readJournalHorizon } from '../persistence/journal-horizon.js';
import { selectStatementPage } from '../persistence/statement-page.js';

/** Transactions that write the journal end within milliseconds; a reader does not wait longer for one that does not. */
const WAIT_FOR_WRITERS_MS = 500;
const EXPORT_PAGE_ENTRIES = 2000;

/** Statements of an account. All pages of one statement show the same state of the journal, whatever is posted meanwhile. */
@Injectable()
export class Statements {
  constructor(
    private readonly database: ReportDatabase,
    private readonly accounts: LedgerAccounts,
  ) {}

  /**
   * The account's entries of the period in journal order, at most `limit`, with the balance after each; `position` null means
   * the first page. NOT_FOUND.
   */
  async readStatementPage(
    id: AccountId,
    period: Period,
    position: StatementPosition | null,
    limit: number,
  ): Promise<Statement> {
    const account = await this.accounts.readAccount(id);
    return this.readPage(account, period, position ?? (await this.firstPosition()), limit);
  }

  /** All pages of the statement, each read when it is consumed. NOT_FOUND. */
  async *readStatementPages(id: AccountId, period: Period): AsyncGenerator<Statement> {
    const account = await this.accounts.readAccount(id);
    for (let position: StatementPosition | null = await this.firstPosition(); position !== null; ) {
      const page: Statement = await this.readPage(account, period, position, EXPORT_PAGE_ENTRIES);
      yield page;
      position = page.next;
    }
  }

  private async readPage(account: LedgerAccount, period: Period, position: StatementPosition, limit: number) {
    const { sums, movements } = await selectStatementPage(this.database, account.id, period, position, limit + 1);
    return statementOf(account, period, sums, movements, { limit, horizon: position.horizon });
  }

  private async firstPosition(): Promise<StatementPosition> {
    const horizon = await readJournalHorizon(this.database, WAIT_FOR_WRITERS_MS);
    return { horizon: horizon?.id ?? '0', after: null };
  }
}
