import { type AccountId, Clock, DomainError } from '@mpp/kernel';
import { ReportDatabase } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { LedgerAccounts } from '../accounts/ledger-accounts.js';
import { type LedgerAccount, normalBalance } from '../domain/account.js';
import { type TrialBalance, trialBalance } from '../domain/trial-balance.js';
import { selectTurnoverOfAccount, selectTurnovers } from '../persistence/turnovers.js';

/** Balances now or at a moment of the past, entries booked at that moment included. */
@Injectable()
export class Balances {
  constructor(
    private readonly database: ReportDatabase,
    private readonly accounts: LedgerAccounts,
    private readonly clock: Clock,
  ) {}

  /** From one snapshot; `at` null means now. VALIDATION_FAILED for a moment in the future. */
  async trialBalance(at: Date | null): Promise<TrialBalance & { at: Date }> {
    const moment = this.momentUntilNow(at);
    const { turnovers, customerBalances } = await selectTurnovers(this.database, at);
    return { ...trialBalance(turnovers, customerBalances), at: moment };
  }

  /** The account and its balance in tiyn, positive on its normal side. NOT_FOUND; VALIDATION_FAILED as {@link trialBalance}. */
  async accountBalance(id: AccountId, at: Date | null): Promise<{ account: LedgerAccount; balance: bigint; at: Date }> {
    const moment = this.momentUntilNow(at);
    const account = await this.accounts.readAccount(id);
    const turnover = await selectTurnoverOfAccount(this.database, id, at);
    return { account, balance: normalBalance(account.kind, turnover), at: moment };
  }

  private momentUntilNow(at: Date | null): Date {
    const now = this.clock.now();
    if (at === null || at <= now) return at ?? now;
    const message = { ru: 'этот момент ещё не наступил', kk: 'бұл сәт әлі келген жоқ' };
    throw new DomainError('VALIDATION_FAILED', { errors: [{ field: 'at', message }] });
  }
}
