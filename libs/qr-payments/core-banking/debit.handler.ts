import { Settings } from '@mpp/config';
import { type Answered, type CoreAnswer, CoreBanking, CoreRecord } from '@mpp/core-banking';
import { addMilliseconds, Clock, type PaymentId } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import { type Disposition, type FinishedAttempt, Outbox, type OutboxHandler, type OutboxMessage } from '@mpp/outbox';
import { Database, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { type DebitDecision, decideDebit } from '../domain/debit.js';
import type { Payment } from '../domain/payment.js';
import { NotifyOrders } from '../notify/notify-requests.js';
import { PaymentEvents } from '../events/payment-events.js';
import { PaymentWatch } from '../watch/payment-watch.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { writeSettled } from '../persistence/settle.statement.js';
import { entryOf } from '../posting/payment-entry.js';
import { Reversals } from '../reversal/reversal-requests.js';
import { DEBIT_TOPIC, type DebitPayload } from './debit-topic.js';

type Attempt = FinishedAttempt<DebitPayload, CoreAnswer>;

interface Decided {
  readonly attempt: Attempt;
  readonly before: Payment;
  readonly decision: DebitDecision;
}

/**
 * Asks the outside core to debit until its answer is known: repeated under the operation's id, and inquired about. The answer
 * decides what the PS is told, once. Source: R15, R16.
 */
@Injectable()
export class DebitHandler implements OutboxHandler<DebitPayload, CoreAnswer> {
  readonly topic = DEBIT_TOPIC;
  readonly concurrency: number;
  readonly attemptMs: number;
  readonly backoff: { baseMs: number; maxMs: number };
  private readonly log = new Logger('Payments');

  constructor(
    settings: Settings,
    outbox: Outbox,
    private readonly core: CoreBanking,
    private readonly record: CoreRecord,
    private readonly database: Database,
    private readonly payments: PaymentsRepository,
    private readonly ledger: Ledger,
    private readonly notifies: NotifyOrders,
    private readonly reversals: Reversals,
    private readonly events: PaymentEvents,
    private readonly watch: PaymentWatch,
    private readonly clock: Clock,
  ) {
    this.concurrency = settings.CORE_BANKING_CONCURRENCY;
    // An inquiry and a debit.
    this.attemptMs = 2 * settings.CORE_BANKING_TIMEOUT_MS;
    this.backoff = { baseMs: settings.CORE_BANKING_RETRY_BASE_MS, maxMs: settings.CORE_BANKING_RETRY_MAX_MS };
    outbox.register(this);
  }

  async attempt({ key, attempts, payload }: OutboxMessage<DebitPayload>): Promise<CoreAnswer> {
    const core = this.core.outside;
    if (core === null) return NO_CORE;
    const late = this.clock.now() > new Date(payload.deadline);
    // It may have been carried out before. Once the time is over nobody starts it any more.
    if (attempts > 1 || late) {
      const outcome = await core.outcome(payload.operationId);
      if (outcome.kind === 'done' || outcome.kind === 'refused') return outcome;
      if (late) return outcome.kind === 'unknown' ? outcome : NEVER_SEEN;
    }
    const movement = (await this.record.debitsOf(this.database, [key])).get(key);
    if (movement === undefined) throw new Error(`the debit of payment ${key} is not on record`);
    return core.debit(movement);
  }

  async settle(tx: Tx, attempts: readonly Attempt[]): Promise<Disposition[]> {
    const payments = await this.payments.lock(
      tx,
      attempts.map(({ message }) => message.key as PaymentId),
    );
    const decisions = attempts.map((attempt) => this.decide(attempt, payments));
    const changes = decisions.flatMap(({ before, decision: { payment } }) =>
      payment === null ? [] : [{ before, payment, receipt: null }],
    );
    await this.record.answer(tx, decisions.flatMap(answeredOf));
    await writeSettled(tx, changes);
    await this.ledger.post(
      tx,
      decisions.flatMap(({ decision: { payment, posting } }) =>
        payment === null || posting === null ? [] : entryOf(payment, posting),
      ),
    );
    await this.reversals.ask(
      tx,
      changes.map(({ payment }) => payment),
    );
    const told = decisions.flatMap(({ attempt, decision: { payment } }) =>
      payment === null ? [] : [{ payment, locale: attempt.message.payload.locale }],
    );
    await this.notifies.write(tx, told);
    await this.events.enqueue(tx, changes);
    tx.afterCommit(() => {
      for (const { before, payment } of changes) this.report(before, payment, attempts);
      this.watch.changed(changes);
    });
    return decisions.map(({ attempt, before, decision }) =>
      decision.payment === null && before.status === 'DEBITING'
        ? { kind: 'retry', error: reasonOf(attempt.result), by: justAfter(attempt.message.payload) }
        : { kind: 'done' },
    );
  }

  /** What is not DEBITING any more was decided by another attempt. */
  private decide(attempt: Attempt, payments: ReadonlyMap<PaymentId, Payment>): Decided {
    const { key, payload } = attempt.message;
    const before = payments.get(key as PaymentId);
    if (before === undefined) throw new Error(`payment ${key} does not exist`);
    if (before.status !== 'DEBITING') return { attempt, before, decision: DECIDED_BEFORE };
    return {
      attempt,
      before,
      decision: decideDebit(before, attempt.result, new Date(payload.deadline), this.clock.now()),
    };
  }

  private report(before: Payment, payment: Payment, attempts: readonly Attempt[]): void {
    const attempt = attempts.find(({ message }) => message.key === payment.id);
    const said = attempt === undefined ? '' : ` (${reasonOf(attempt.result)})`;
    const line = `${payment.id} ${before.status} → ${payment.status}${said}: the PS is told ${payment.notifyResult}`;
    if (payment.status === 'REVERSING') this.log.warn(`${line}, the debit was not known in time`);
    else this.log.log(line);
  }
}

const NO_CORE: CoreAnswer = { kind: 'unknown', sent: false, reason: 'there is no CORE_BANKING_URL any more' };
const NEVER_SEEN: CoreAnswer = { kind: 'unknown', sent: false, reason: 'it was not asked in time' };
const DECIDED_BEFORE: DebitDecision = { payment: null, posting: null, operation: null };

function answeredOf({ attempt, decision: { operation } }: Decided): Answered[] {
  const { operationId } = attempt.message.payload;
  const { result } = attempt;
  if (operation === null) return [];
  if (operation === 'abandoned' || result.kind === 'unknown') return [{ operationId, answer: { kind: 'abandoned' } }];
  return [{ operationId, answer: result }];
}

function reasonOf(answer: CoreAnswer): string {
  return answer.kind === 'done' ? 'debited' : answer.reason;
}

/** When the time is over, it is decided what to do without an answer. */
function justAfter({ deadline }: DebitPayload): Date {
  return addMilliseconds(new Date(deadline), 1);
}
