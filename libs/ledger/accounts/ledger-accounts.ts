import { type AccountId, DomainError } from '@mpp/kernel';
import { type Position, ReportDatabase } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { LedgerAccount } from '../domain/account.js';
import { AccountEntity } from '../persistence/account.entity.js';

/** All accounts, customers' and shared ones. */
@Injectable()
export class LedgerAccounts {
  constructor(private readonly database: ReportDatabase) {}

  /** By creation time and id, at most `limit`, after the position. */
  async listAccounts(limit: number, after: Position | null): Promise<LedgerAccount[]> {
    const query = this.database.manager.createQueryBuilder(AccountEntity, 'account');
    if (after !== null) query.where('(account.createdAt, account.id) > (:at, :id)', after);
    return query.orderBy('account.createdAt').addOrderBy('account.id').limit(limit).getMany();
  }

  /** NOT_FOUND if the account does not exist. */
  async readAccount(id: AccountId): Promise<LedgerAccount> {
    const account = await this.database.manager.findOneBy(AccountEntity, { id });
    if (account === null) throw new DomainError('NOT_FOUND');
    return account;
  }
}
