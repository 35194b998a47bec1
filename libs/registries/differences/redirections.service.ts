import { AuditTrail } from '@mpp/access';
import { CoreBanking, type CoreOperation, CoreOperations, payingAccount } from '@mpp/core-banking';
import { Clock, DomainError } from '@mpp/kernel';
import { ReportDatabase, type Tx } from '@mpp/platform';
import { Recovery } from '@mpp/recovery';
import { Injectable, Logger } from '@nestjs/common';
import { throwConflict } from '../domain/conflict.js';
import type { CoreMove } from '../domain/core-move.js';
import { findCoreMoves } from '../persistence/core-moves.js';
import { findAdjustment } from '../persistence/differences.js';
import { DiscrepanciesRepository } from '../persistence/discrepancies.repository.js';
import { CoreAccounts } from './core-accounts.js';
import { CoreMoves } from './core-moves.service.js';
import { DifferenceReader } from './difference-facts.js';
import { MAY_HAVE_MOVED } from './refusals.js';

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
    private readonly core: CoreBanking,
    private readonly recovery: Recovery,
    private readonly facts: DifferenceReader,
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
    const discrepancy = await this.discrepancies.findDiscrepancy(id);
    if (discrepancy === null) throw new DomainError('NOT_FOUND');
    if (this.core.external === null) throw new DomainError('CORE_UNAVAILABLE');
    await this.coreAccounts.withAccounts((accounts) =>
      this.database.transaction(async (tx) => {
        await this.facts.lockSubject(tx, discrepancy);
        await this.requireAnswered(tx, id);
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

  /** Throws STATE_CONFLICT if nothing was requested from the core, or while it has not answered about the operation. */
  private async requireAnswered(tx: Tx, discrepancyId: string): Promise<void> {
    const [move] = await findCoreMoves(tx, discrepancyId);
    const operation = move === undefined ? null : await findAdjustment(tx, move.reference);
    if (operation === null) throw new DomainError('STATE_CONFLICT');
    await this.moves.requireAnswered(tx, operation);
  }

  /** A credit whose last request the core has refused. Throws STATE_CONFLICT if there is none, or if it came with a restored database. */
  private async findRefused(tx: Tx, discrepancyId: string): Promise<{ move: CoreMove; operation: CoreOperation }> {
    for (const move of await findCoreMoves(tx, discrepancyId)) {
      const operation = (await this.operations.findOperationsBySubject([move.id], tx)).at(-1);
      if (move.kind !== 'CREDIT' || operation?.state !== 'REFUSED') continue;
      // It may have been redirected since, under the id that would be used now (R39).
      if (this.recovery.wasRestored(move)) throwConflict(MAY_HAVE_MOVED);
      return { move, operation };
    }
    throw new DomainError('STATE_CONFLICT');
  }
}
