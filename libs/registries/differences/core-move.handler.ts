import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { type AnsweredOperation, type CoreAnswer, CoreBanking, CoreOperations } from '@mpp/core-banking';
import { Clock } from '@mpp/kernel';
import { Ledger, SHARED_ACCOUNTS } from '@mpp/ledger';
import { type Disposition, type FinishedAttempt, Outbox, type OutboxHandler, type OutboxMessage } from '@mpp/outbox';
import type { Tx } from '@mpp/platform';
import { RefusedDebitHandler } from '@mpp/qr-payments';
import { Recovery } from '@mpp/recovery';
import { Injectable } from '@nestjs/common';
import type { CoreMove } from '../domain/core-move.js';
import { findCoreMovesByIds } from '../persistence/core-moves.js';
import { CORE_MOVE_TOPIC, CoreMoves } from './core-moves.service.js';

type Requested = NonNullable<Awaited<ReturnType<CoreOperations['findRequested']>>>;

/** The operation that was requested, with the core's answer; null if none waits for an answer. */
type Answered = { readonly operation: Requested; readonly answer: CoreAnswer } | null;

type Attempt = FinishedAttempt<object, Answered>;

/** Debits and credits customers at a bank's core for differences, until the core has answered. Source: R40. */
@Injectable()
export class CoreMoveHandler implements OutboxHandler<object, Answered> {
  readonly topic = CORE_MOVE_TOPIC;

  constructor(
    private readonly settings: Settings,
    outbox: Outbox,
    private readonly core: CoreBanking,
    private readonly operations: CoreOperations,
    private readonly moves: CoreMoves,
    private readonly refused: RefusedDebitHandler,
    private readonly ledger: Ledger,
    private readonly alerts: Alerts,
    private readonly recovery: Recovery,
    private readonly clock: Clock,
  ) {
    outbox.register(this, {
      concurrency: settings.CORE_BANKING_CONCURRENCY,
      // An inquiry and the operation.
      attemptMs: 2 * settings.CORE_BANKING_TIMEOUT_MS,
      backoff: { baseMs: settings.CORE_BANKING_RETRY_BASE_MS, maxMs: settings.CORE_BANKING_RETRY_MAX_MS },
    });
  }

  async attempt({ key, attempts }: OutboxMessage<object>): Promise<Answered> {
    const operation = await this.operations.findRequested(key);
    if (operation === null) return null;
    const { kind, ...movement } = operation;
    const core = this.core.external;
    if (core === null) return { operation, answer: NO_CORE };
    // An earlier attempt may have been executed, and forgotten in a recovery (R39).
    if (attempts > 1 || this.recovery.active) {
      const outcome = await core.findOutcome(movement.operationId);
      if (outcome.kind !== 'never-seen') return { operation, answer: outcome };
    }
    const answer = kind === 'DEBIT' ? await core.requestDebit(movement) : await core.requestCredit(movement);
    return { operation, answer };
  }

  async settle(tx: Tx, attempts: readonly Attempt[]): Promise<Disposition[]> {
    const news = await this.operations.recordAnswers(tx, attempts.flatMap(answerOf));
    const moves = await findCoreMovesByIds(
      tx,
      attempts.map(({ message }) => message.key),
    );
    for (const { message, result } of attempts) {
      const move = moves.get(message.key);
      if (move === undefined) throw new Error(`the core move ${message.key} does not exist`);
      if (result?.answer.kind === 'unknown')
        await this.alertUnanswered(tx, move, result.operation, result.answer.reason);
      if (result === null || !news.has(result.operation.operationId)) continue;
      if (result.answer.kind === 'done') await this.postDebit(tx, move, result.operation);
      const { operation, answer } = result;
      if (answer.kind === 'refused') await this.takeRefusal(tx, move, operation, answer.reason, message.attempts > 1);
    }
    return attempts.map(({ result }) =>
      result?.answer.kind === 'unknown' ? { kind: 'retry', error: result.answer.reason } : { kind: 'done' },
    );
  }

  /** What the core does not answer blocks other settlements and refunds of the purchase. */
  private async alertUnanswered(
    tx: Tx,
    { discrepancyId, kind }: CoreMove,
    { operationId: subject, customerId, requestedAt }: Requested,
    reason: string,
  ): Promise<void> {
    if (this.clock.now().getTime() - requestedAt.getTime() < this.settings.REFUND_CREDIT_DEADLINE_MS) return;
    const details = { discrepancyId, kind, reason };
    await this.alerts.raiseAlerts(tx, [{ kind: 'DIFFERENCE_UNANSWERED', subject, customerId, details }]);
  }

  private async postDebit(
    tx: Tx,
    { reference }: CoreMove,
    { kind, amount, accountId: debit }: Requested,
  ): Promise<void> {
    if (kind === 'CREDIT') return;
    const credit = SHARED_ACCOUNTS.DIFFERENCES;
    await this.ledger.postEntries(tx, [{ purpose: 'DIFFERENCE_DEBIT', reference, amount, debit, credit }]);
  }

  /** A debit stays a claim, and what the core may have taken in an earlier attempt is given back. A credit waits for another account. */
  private async takeRefusal(
    tx: Tx,
    move: CoreMove,
    { operationId: subject, customerId, ...movement }: Requested,
    reason: string,
    mayHaveArrived: boolean,
  ): Promise<void> {
    const { id, discrepancyId, kind } = move;
    const details = { discrepancyId, kind, reason };
    await this.alerts.raiseAlerts(tx, [{ kind: 'DIFFERENCE_REFUSED', subject, customerId, details }]);
    if (kind === 'CREDIT') await this.moves.takeBack(tx, move, { ...movement, operationId: subject, customerId });
    else if (mayHaveArrived || this.recovery.active) {
      await this.refused.requestReversals(tx, [id], this.clock.now());
    }
  }
}

const NO_CORE: CoreAnswer = { kind: 'unknown', sent: false, reason: 'CORE_BANKING_URL is no longer set' };

function answerOf({ result }: Attempt): AnsweredOperation[] {
  if (result === null || result.answer.kind === 'unknown') return [];
  return [{ operationId: result.operation.operationId, answer: result.answer }];
}
