import type { CoreOperationAnswer, CoreReason } from '@mpp/core-banking/wire';
import { Clock } from '@mpp/kernel';
import { Injectable } from '@nestjs/common';
import type { CoreAccount } from '../domain/core-account.js';
import {
  type CoreAnswer,
  type CoreOrder,
  isFinal,
  requireSameContent,
  type Verdict,
} from '../domain/core-operation.js';
import { decideOrder } from '../domain/core-rules.js';
import type { PlannedRefusal } from '../faults/planned-refusals.js';
import { Store } from '../store/store.js';

const FIRST_REFERENCE = 100_000_001;

/** A bank's core (libs/core-banking/wire.ts) whose accounts and operations are in the store. */
@Injectable()
export class Bank {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** Oldest first. Null for an unknown customer. */
  listAccounts(customerId: string): CoreAccount[] | null {
    const accounts = this.store.core.listAccounts(customerId);
    return accounts.length === 0 ? null : accounts;
  }

  /** Executes a new order, or returns the answer to a repeated one. Throws CoreConflict; then nothing is stored. */
  executeOrder(order: CoreOrder, planned: PlannedRefusal | null): CoreAnswer {
    const { operationId } = order.request;
    const known = this.store.core.findOperation(operationId);
    const at = this.clock.now().toISOString();
    if (known !== undefined) {
      requireSameContent(known.order, order);
      if (isFinal(known)) {
        this.store.recordEvents({ event: 'core-requested', at, operationId });
        return known.answer;
      }
    }
    const regular = this.decide(order);
    const verdict = planned === null ? regular : { refusal: planned.use() };
    const answer = this.answerFor(order, verdict);
    const moved = 'moves' in verdict && verdict.moves;
    this.store.recordEvents({ event: 'core-decided', at, order, answer, moved });
    return answer;
  }

  outcomeOf(operationId: string): CoreOperationAnswer {
    return this.store.core.findOperation(operationId)?.answer ?? { operationId, outcome: 'NEVER_SEEN' };
  }

  private decide(order: CoreOrder): Verdict {
    const { core } = this.store;
    const { operationId, accountId } = order.request;
    const debitId = order.kind === 'REVERSAL' ? order.request.debitId : operationId;
    return decideOrder(order, {
      account: core.findAccount(accountId),
      debit: order.kind === 'REVERSAL' ? core.findOperation(debitId) : undefined,
      reversed: core.reversedAt(debitId) !== undefined,
    });
  }

  private answerFor(order: CoreOrder, verdict: Verdict): CoreAnswer {
    const { operationId, accountId } = order.request;
    if ('refusal' in verdict) {
      const reason = verdict.refusal;
      return { operationId, outcome: 'REFUSED', reason, message: MESSAGES[reason] };
    }
    const coreReference = `CORE${FIRST_REFERENCE + this.store.core.decisions}`;
    if (order.kind !== 'REVERSAL') return { operationId, outcome: 'DONE', coreReference };
    const account = verdict.moves ? accountId : this.store.core.givenBackTo(order.request.debitId);
    return { operationId, outcome: 'DONE', coreReference, ...(account !== null && { accountId: account }) };
  }
}

const MESSAGES: Readonly<Record<CoreReason, string>> = {
  INSUFFICIENT_FUNDS: 'there is not enough money on the account',
  ACCOUNT_NOT_FOUND: 'the customer has no such account',
  ACCOUNT_BLOCKED: 'the account is blocked',
  ACCOUNT_CLOSED: 'the account is closed',
  CURRENCY_MISMATCH: 'the account is kept in another currency',
  LIMIT_EXCEEDED: 'a limit of the bank is exceeded',
  REVERSED_BEFORE: 'it was reversed before it arrived',
  OTHER: 'the bank refuses the operation',
};
