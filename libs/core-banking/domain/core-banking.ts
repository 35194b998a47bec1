import type { CustomerId } from '@mpp/kernel';
import type { CustomerAccount } from './account.js';
import type { CoreAnswer, CoreOutcome, Movement, Reversal } from './operation.js';

/** Where customers' accounts are: the own ledger, or a bank's core. See docs/decisions/0015-the-banks-core.md. */
export abstract class CoreBanking {
  /**
   * What an outside core is asked for. Null where the own ledger is the core: there a posting is the operation, done in the
   * transaction that writes it, and nothing has to be asked.
   */
  abstract readonly external: CoreOperations | null;

  /** All of the customer's, whatever their state. Throws CORE_UNAVAILABLE where they are not known within the time. */
  abstract accounts(customer: CustomerId, withinMs?: number): Promise<CustomerAccount[]>;
}

/**
 * A core that is asked over a network. Each call makes one attempt and never throws for what the core or the network does.
 * Every operation may be repeated under its id, and must be on record before it is asked for.
 */
export interface CoreOperations {
  debit(movement: Movement): Promise<CoreAnswer>;
  credit(movement: Movement): Promise<CoreAnswer>;
  /** Done also where the core had never seen the debit, or had refused it: from then on it refuses it. */
  reverse(reversal: Reversal): Promise<CoreAnswer>;
  outcome(operationId: string): Promise<CoreOutcome>;
}
