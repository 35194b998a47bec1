import { AuditTrail } from '@mpp/access';
import { type CoreOperation, CoreOperations, payingAccount } from '@mpp/core-banking';
import { Clock, DomainError } from '@mpp/kernel';
import { ReportDatabase, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import type { CoreMove } from '../domain/core-move.js';
import { findCoreMoves } from '../persistence/core-moves.js';
import { DiscrepanciesRepository } from '../persistence/discrepancies.repository.js';
import { CoreAccounts } from './core-accounts.js';
import { CoreMoves } from './core-moves.service.js';

/** An operator's choice of an account for a credit that the bank's core refused. */
export interface Redirection {
  readonly id: string;
  /** Our id or the bank's. */
  readonly accountId: string;
  readonly reason: string;
}

/** What the settlement of a discrepancy requested from a bank's core. Source: R40. */
@Injectable()
export class Redirections {
  private readonly log = new Logger('Registries');

  constructor(
    private readonly database: ReportDatabase,
    private readonly discrepancies: DiscrepanciesRepository,
    private readonly operations: CoreOperations,
    private readonly coreAccounts: CoreAccounts,
    private readonly moves: CoreMoves,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** The requests to the core, oldest first. */
  async listOperations(discrepancyId: string): Promise<CoreOperation[]> {
    const moves = await findCoreMoves(this.database.manager, discrepancyId);
    return this.operations.findOperationsBySubject(moves.map(({ id }) => id));
  }

  /**
   * Credits the customer on another account at the core, which is requested after the commit. Throws NOT_FOUND; STATE_CONFLICT if no credit
   * of the discrepancy is refused; ACCOUNT_UNUSABLE; CORE_UNAVAILABLE.
   */
  async redirect({ id, accountId, reason }: Redirection, operator: string): Promise<void> {
    if ((await this.discrepancies.findDiscrepancy(id)) === null) throw new DomainError('NOT_FOUND');
    await this.coreAccounts.withAccounts((accounts) =>
      this.database.transaction(async (tx) => {
        await this.discrepancies.lockDiscrepancy(tx, id);
        const { move, operation } = await this.findRefused(tx, id);
        const { customerId } = operation;
        const account = payingAccount(accounts.of(customerId), accountId);
        await this.moves.redirect(tx, move, operation, account);
        await this.trail.recordAction(tx, {
          ...{ at: this.clock.now(), actor: operator, action: 'DISCREPANCY_REDIRECTED', subject: id, reason },
          ...{ customerId, details: { accountId: account.id } },
        });
        tx.afterCommit(() => this.log.warn(`the credit of discrepancy ${id} was redirected by an operator`));
      }),
    );
  }

  /** The last credit. Throws STATE_CONFLICT unless the core has refused it. */
  private async findRefused(tx: Tx, discrepancyId: string): Promise<{ move: CoreMove; operation: CoreOperation }> {
    const move = (await findCoreMoves(tx, discrepancyId)).findLast(({ kind }) => kind === 'CREDIT');
    const operation = move && (await this.operations.findOperationsBySubject([move.id], tx)).at(-1);
    if (move === undefined || operation?.state !== 'REFUSED') throw new DomainError('STATE_CONFLICT');
    return { move, operation };
  }
}
