import { type CoreOperation, CoreOperations, type CustomerAccount, describePurchase } from '@mpp/core-banking';
import { Clock, type CustomerId, Money } from '@mpp/kernel';
import { Ledger, SHARED_ACCOUNTS } from '@mpp/ledger';
import { Outbox } from '@mpp/outbox';
import { derivedId, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { throwConflict } from '../domain/conflict.js';
import type { CoreMove } from '../domain/core-move.js';
import { insertCoreMove, isCoreMove } from '../persistence/core-moves.js';
import type { DifferenceFacts } from './difference-facts.js';
import { DEBIT_OPEN } from './refusals.js';

/** Keyed by the core move. */
export const CORE_MOVE_TOPIC = 'coreDifference';

/** What is requested from the core. */
export interface NewCoreMove extends Pick<CoreMove, 'discrepancyId' | 'kind' | 'reference'> {
  readonly customer: CustomerId;
  readonly account: CustomerAccount;
  /** Tiyn. */
  readonly amount: bigint;
}

/** Records what the settlement of a discrepancy moves at a bank's core; it is requested after the commit, until the core answers. */
@Injectable()
export class CoreMoves {
  constructor(
    private readonly operations: CoreOperations,
    private readonly ledger: Ledger,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /** Throws STATE_CONFLICT while the core has not answered to a debit for the operation, or for the purchase of a refund. */
  async requireAnswered(tx: Tx, { operation, payment }: DifferenceFacts): Promise<void> {
    for (const reference of new Set([operation.id, payment?.id ?? operation.id])) {
      if (await this.operations.isDebitOpen(tx, reference)) throwConflict(DEBIT_OPEN);
    }
  }

  /**
   * The journal has a credit at once, so that nothing else gives this money to a customer meanwhile, and a debit once the core has
   * made it: until then the amount is a claim.
   */
  async request(
    tx: Tx,
    { operation, payment }: DifferenceFacts,
    { discrepancyId, kind, reference, customer, account, amount }: NewCoreMove,
  ): Promise<void> {
    const id = await this.nextId(tx, kind, operation.kaspiOperationId ?? reference);
    const at = this.clock.now();
    await insertCoreMove(tx, { id, discrepancyId, kind, reference, createdAt: at });
    const movement = {
      ...{ customerId: customer, amount: Money.ofTiyn(amount), reference, ...identified(account) },
      description: describePurchase(payment?.merchant?.name ?? null),
    };
    if (kind === 'DEBIT') await this.operations.recordDebit(tx, id, movement, account.name);
    else {
      await this.operations.recordCreditOrder(tx, id, { ...movement, debitId: null }, account.name, at);
      await this.ledger.postEntries(tx, [
        {
          ...{ purpose: 'DIFFERENCE_CREDIT', reference, amount: movement.amount },
          ...{ debit: SHARED_ACCOUNTS.DIFFERENCES, credit: account.id },
        },
      ]);
    }
    await this.outbox.enqueueMessage(tx, { topic: CORE_MOVE_TOPIC, key: id, payload: {} });
  }

  /** Kaspi's id of an operation is the same after a restore; ours of a row is not. An operation can be settled several times. */
  private async nextId(tx: Tx, kind: CoreMove['kind'], operation: string): Promise<string> {
    for (let ordinal = 0; ; ordinal++) {
      const id = derivedId('difference', kind, operation, String(ordinal));
      if (!(await isCoreMove(tx, id))) return id;
    }
  }

  /**
   * Requests a credit that the core refused on another account of the customer, in the caller's transaction: the journal has it there from
   * then on. The discrepancy is locked.
   */
  async redirect(tx: Tx, { id, reference }: CoreMove, refused: CoreOperation, account: CustomerAccount): Promise<void> {
    const { customerId, amount, accountId: before } = refused;
    const order = { customerId, amount, reference, description: describePurchase(null), debitId: null };
    await this.operations.recordCreditOrder(
      tx,
      id,
      { ...order, ...identified(account) },
      account.name,
      this.clock.now(),
    );
    const { DIFFERENCES } = SHARED_ACCOUNTS;
    await this.ledger.postEntries(tx, [
      { purpose: 'DIFFERENCE_DEBIT', reference, amount, debit: before, credit: DIFFERENCES },
      { purpose: 'DIFFERENCE_CREDIT', reference, amount, debit: DIFFERENCES, credit: account.id },
    ]);
    await this.outbox.enqueueMessage(tx, { topic: CORE_MOVE_TOPIC, key: id, payload: {} });
  }
}

function identified({ id: accountId, coreAccount }: CustomerAccount) {
  if (coreAccount === null) throw new Error(`account ${accountId} is at no core`);
  return { accountId, coreAccount };
}
