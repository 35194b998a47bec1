import { type AnsweredOperation, CoreOperations } from '@mpp/core-banking';
import { type AccountId, accountId, Clock, DomainError, NO_ACCOUNT } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import { type Disposition, type FinishedAttempt, Outbox } from '@mpp/outbox';
import { Database, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { type CreditDecision, decideCredit } from '../domain/credit.js';
import type { OwedMoney } from '../domain/owed-money.js';
import { CoreCredits, type CreditAttempt } from './core-credits.service.js';
import type { CreditSource } from './credit-source.js';

type Attempt = FinishedAttempt<unknown, CreditAttempt>;

interface DecidedAttempt<Owed extends OwedMoney> {
  readonly before: Owed;
  readonly attempt: CreditAttempt;
  /** Null while the outcome at the core is unknown. */
  readonly decision: CreditDecision | null;
}

/** An operator's choice of an account for owed money. */
export interface Redirection<Owed extends OwedMoney> {
  readonly id: string;
  /** Our id of the account; at a core the bank's is accepted too. */
  readonly account: string;
  readonly atCore: boolean;
  /** Writes the audit line, in the transaction of the redirection. */
  record(tx: Tx, owed: Owed, account: AccountId): Promise<void>;
}

/**
 * Puts money that is owed to a customer on an account, once: on the account that was debited, else on another open account of
 * the customer, else into suspense, from where it is released when an account takes money again. Source: R21, R41.
 */
@Injectable()
export class Crediting {
  constructor(
    private readonly database: Database,
    private readonly core: CoreCredits,
    private readonly operations: CoreOperations,
    private readonly ledger: Ledger,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /** Settles finished attempts and returns a disposition for each. */
  async settle<Owed extends OwedMoney>(
    tx: Tx,
    source: CreditSource<Owed>,
    attempts: readonly Attempt[],
  ): Promise<Disposition[]> {
    const locked = await source.lockOwed(
      tx,
      attempts.map(({ message }) => message.key),
    );
    const owed = attempts.map(({ message: { key } }) => {
      const money = locked.get(key);
      if (money === undefined) throw new Error(`there is no ${source.debt} ${key}`);
      return money;
    });
    const news = await this.operations.recordAnswers(tx, attempts.flatMap(coreAnswers));
    const decided = await this.decideAll(
      tx,
      source,
      owed,
      attempts.map(({ result }) => (isOutdated(result, news) ? OUTDATED : result)),
    );
    await source.writeCredits(
      tx,
      decided.flatMap(({ before, decision }) => (decision === null ? [] : { before, decision })),
    );
    const now = this.clock.now();
    return decided.map((each) => dispositionOf(each, now));
  }

  /**
   * Credits the money on the account, in one transaction with journal and audit line. A core is requested to do so next, at
   * once. Throws STATE_CONFLICT if the money is credited or may have been credited by a core; ACCOUNT_UNUSABLE if the account is
   * not the customer's or takes no money; CORE_UNAVAILABLE.
   */
  async redirect<Owed extends OwedMoney>(source: CreditSource<Owed>, redirection: Redirection<Owed>): Promise<void> {
    if (redirection.atCore) await this.redirectAtCore(source, redirection);
    else await this.redirectInLedger(source, redirection);
  }

  private async redirectInLedger<Owed extends OwedMoney>(
    source: CreditSource<Owed>,
    { id, account: text, record }: Redirection<Owed>,
  ): Promise<void> {
    const account = accountId(text) ?? NO_ACCOUNT;
    await this.database.transaction(async (tx) => {
      // As everywhere, the message is locked before what it is about.
      const message = await this.outbox.lockMessage(tx, source.topic, id);
      if (message === null) throw new DomainError('STATE_CONFLICT');
      const before = await lockUncredited(tx, source, id);
      if (await this.core.mayHaveCredited(tx, id)) throw new DomainError('STATE_CONFLICT');
      const [usable] = await this.ledger.lockReceivingAccounts(tx, [
        { customer: before.customerId, preferred: account },
      ]);
      if (usable !== account) throw new DomainError('ACCOUNT_UNUSABLE');
      const decision = decideCredit(source.debt, before, account, this.clock.now());
      await source.writeCredits(tx, [{ before, decision }]);
      await this.outbox.closeMessage(tx, message.id);
      await record(tx, before, account);
    });
  }

  private async redirectAtCore<Owed extends OwedMoney>(
    source: CreditSource<Owed>,
    { id, account, record }: Redirection<Owed>,
  ): Promise<void> {
    const waiting = await this.findMessage(source.topic, id);
    const chosen = await this.core.chooseAccount(await source.readOwed(id), account);
    const message = await this.outbox.retryMessage(waiting, async (tx) => {
      const owed = await lockUncredited(tx, source, id);
      await this.core.recordCredit(tx, source, owed, chosen);
      await record(tx, owed, chosen.target.accountId);
    });
    if (message.status === 'IN_FLIGHT') throw new DomainError('STATE_CONFLICT');
  }

  /** The id of the message that waits for the credit. Throws STATE_CONFLICT if there is none. */
  async findMessage(topic: string, id: string): Promise<string> {
    const messages = await this.outbox.findByKey(id);
    const waiting = messages.find((message) => message.topic === topic && message.status !== 'DONE');
    if (waiting === undefined) throw new DomainError('STATE_CONFLICT');
    return waiting.id;
  }

  private async decideAll<Owed extends OwedMoney>(
    tx: Tx,
    { debt }: CreditSource<Owed>,
    owed: readonly Owed[],
    attempts: readonly CreditAttempt[],
  ): Promise<DecidedAttempt<Owed>[]> {
    const inLedger = owed.filter(({ creditedAt }, index) => {
      return creditedAt === null && attempts[index]?.kind === 'own-ledger';
    });
    // A core that is no longer configured may have credited the money: the ledger does not credit it too.
    const atCore = await this.operations.findPossiblyCredited(
      tx,
      inLedger.map(({ id }) => id),
    );
    const own = inLedger.filter(({ id }) => !atCore.has(id));
    const accounts = await this.ledger.lockReceivingAccounts(
      tx,
      own.map(({ customerId, accountId: preferred }) => ({ customer: customerId, preferred })),
    );
    const ownAccount = new Map(own.map(({ id }, index) => [id, accounts[index] ?? null]));
    const now = this.clock.now();
    return owed.map((before, index) => {
      const attempt = attempts[index] as CreditAttempt;
      const account = attempt.kind === 'own-ledger' ? ownAccount.get(before.id) : accountAtCore(attempt);
      const known = account !== undefined || before.creditedAt !== null;
      return { before, attempt, decision: known ? decideCredit(debt, before, account ?? null, now) : null };
    });
  }
}

async function lockUncredited<Owed extends OwedMoney>(tx: Tx, source: CreditSource<Owed>, id: string): Promise<Owed> {
  const owed = (await source.lockOwed(tx, [id])).get(id);
  if (owed === undefined || owed.creditedAt !== null) throw new DomainError('STATE_CONFLICT');
  return owed;
}

/** The account that the core credited; null if none takes money, undefined while the outcome is unknown. */
function accountAtCore(attempt: Exclude<CreditAttempt, { kind: 'own-ledger' }>): AccountId | null | undefined {
  if (attempt.kind === 'no-account') return null;
  if (attempt.kind === 'not-requested') return undefined;
  if (attempt.answer.kind === 'done') return attempt.account;
  // Another account may take the money, until every account has refused once: then one refuses for the second time.
  return attempt.answer.kind === 'refused' && attempt.refusedBefore ? null : undefined;
}

/** A success that is not on record came too late: another attempt has recorded a refusal, and more may follow from that. */
function isOutdated(attempt: CreditAttempt, news: ReadonlySet<string>): boolean {
  return attempt.kind === 'requested' && attempt.answer.kind === 'done' && !news.has(attempt.order.operationId);
}

const OUTDATED: CreditAttempt = { kind: 'not-requested', reason: 'a later attempt has decided' };

function coreAnswers({ result }: Attempt): AnsweredOperation[] {
  if (result.kind !== 'requested' || result.answer.kind === 'unknown') return [];
  return [{ operationId: result.order.operationId, answer: result.answer }];
}

/** This may never change: the message yields to money that can be credited. */
const NO_ACCOUNT_TAKES_IT = {
  kind: 'retry',
  error: 'the customer has no account that takes money',
  yields: true,
} as const;

function dispositionOf({ attempt, decision }: DecidedAttempt<OwedMoney>, now: Date): Disposition {
  if (decision !== null) return decision.credited ? { kind: 'done' } : NO_ACCOUNT_TAKES_IT;
  if (attempt.kind === 'requested' && attempt.answer.kind === 'refused') {
    return { kind: 'retry', error: attempt.answer.reason, by: now };
  }
  return { kind: 'retry', error: unknownReason(attempt) };
}

function unknownReason(attempt: CreditAttempt): string {
  if (attempt.kind === 'not-requested') return attempt.reason;
  if (attempt.kind === 'own-ledger') return 'a core that is no longer configured may have credited it';
  return attempt.kind === 'requested' && attempt.answer.kind === 'unknown' ? attempt.answer.reason : 'no answer';
}
