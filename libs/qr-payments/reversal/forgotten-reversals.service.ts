import { CoreBanking, CoreOperations, reversalOperationId } from '@mpp/core-banking';
import type { PaymentId } from '@mpp/kernel';
import { Recovery } from '@mpp/recovery';
import { Injectable } from '@nestjs/common';
import { PaymentsRepository } from '../persistence/payments.repository.js';

/**
 * Debits whose reversal at a bank's core a restored database has forgotten: the core recognises the debit as made, and the customer
 * has the money. Source: R39.
 */
@Injectable()
export class ForgottenReversals {
  constructor(
    private readonly recovery: Recovery,
    private readonly payments: PaymentsRepository,
    private readonly core: CoreBanking,
    private readonly operations: CoreOperations,
  ) {}

  /** Asks the core, for a payment whose reversal may be forgotten. True also while the core does not answer. */
  async mayBeGivenBack(id: PaymentId): Promise<boolean> {
    const core = this.core.external;
    if (core === null || !this.recovery.everBegan) return false;
    const payment = await this.payments.findById(id);
    if (payment === null || !(this.recovery.wasRestored(payment) || this.recovery.mayForgetResultBefore(payment)))
      return false;
    const debit = await this.operations.findDebit(id);
    if (debit === null) return false;
    // Each refused reversal was followed by another one.
    for (let ordinal = 0; ; ordinal++) {
      const { kind } = await core.findOutcome(reversalOperationId(debit.operationId, ordinal));
      if (kind !== 'refused') return kind !== 'never-seen';
    }
  }
}
