import { CoreBanking, CoreOperations } from '@mpp/core-banking';
import type { CreditAttempt } from '@mpp/crediting';
import { Clock, type PaymentId } from '@mpp/kernel';
import type { Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { PaymentChanges } from '../changes/payment-changes.service.js';
import { ReversalWriter } from '../changes/reversal-writer.service.js';
import type { Payment } from '../domain/payment.js';
import { lateDebit } from '../domain/reversal.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { ReversalsRepository } from '../persistence/reversals.repository.js';

/**
 * Debits at a core that were not known at their deadline. As long as the debited account gets the money back, the books need not
 * know of them: nothing remains. If it does not, they have to show what was taken, and where it is.
 */
@Injectable()
export class LateDebits {
  constructor(
    private readonly core: CoreBanking,
    private readonly operations: CoreOperations,
    private readonly payments: PaymentsRepository,
    private readonly reversals: ReversalsRepository,
    private readonly changes: PaymentChanges,
    private readonly writer: ReversalWriter,
    private readonly clock: Clock,
  ) {}

  /**
   * Asks the core for the debit of the payment if the attempt did not give it back to the debited account. After a reversal that
   * is done the answer is final, so one to another account counts only with it. No transaction is open.
   */
  async inquire(
    { id, accountId }: Payment,
    credit: CreditAttempt,
  ): Promise<{ credit: CreditAttempt; debited: boolean }> {
    const unknown = { credit, debited: false };
    const core = this.core.external;
    const isDone = credit.kind === 'requested' && credit.answer.kind === 'done';
    const isElsewhere = isDone && credit.account !== accountId;
    const isRefused = credit.kind === 'requested' && credit.answer.kind === 'refused';
    const debit = isElsewhere || isRefused || credit.kind === 'no-account' ? await this.operations.findDebit(id) : null;
    if (core === null || debit === null) return unknown;
    const outcome = await core.findOutcome(debit.operationId);
    if (outcome.kind === 'unknown' && isDone) return { credit: { ...credit, answer: outcome }, debited: false };
    return { credit, debited: outcome.kind === 'done' };
  }

  /** Posts the debits, and into suspense what is there already. */
  async recordDebits(tx: Tx, ids: readonly PaymentId[]): Promise<void> {
    if (ids.length === 0) return;
    const now = this.clock.now();
    const late = [...(await this.payments.lockPayments(tx, ids)).values()].filter(
      ({ status, debitedAt }) => status === 'REVERSING' && debitedAt === null,
    );
    await this.changes.writeChanges(
      tx,
      late.map((before) => ({ before, payment: lateDebit(before, now), posting: 'PAYMENT' })),
    );
    const reversals = await this.reversals.lockReversals(
      tx,
      late.map(({ id }) => id),
    );
    await this.writer.postSuspended(
      tx,
      [...reversals.values()].filter(({ suspendedAt }) => suspendedAt !== null),
    );
  }
}
