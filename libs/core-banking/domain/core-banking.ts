import type { CustomerId } from '@mpp/kernel';
import type { CustomerAccount } from './account.js';
import type { CoreAnswer, CoreOutcome, Movement, Reversal } from './operation.js';

/** The system that keeps the customers' accounts: the own ledger or a bank's core. See docs/decisions/0015-the-banks-core.md. */
export abstract class CoreBanking {
  /** Null with the own ledger, where the posting itself moves the money, in the transaction that writes it. */
  abstract readonly external: ExternalCore | null;

  /** All accounts of the customer, in any state. Throws CORE_UNAVAILABLE if they are not known in time. */
  abstract findAccounts(customer: CustomerId, withinMs?: number): Promise<CustomerAccount[]>;
}

/**
 * A core that is called over a network. Each call makes one attempt and returns its outcome; it does not throw for errors of the
 * core or the network. An operation must be recorded before it is requested, and can be repeated under its id.
 */
export interface ExternalCore {
  requestDebit(movement: Movement): Promise<CoreAnswer>;
  requestCredit(movement: Movement): Promise<CoreAnswer>;
  /** DONE also if the core never received the debit or refused it: it refuses the debit from then on. */
  requestReversal(reversal: Reversal): Promise<CoreAnswer>;
  findOutcome(operationId: string): Promise<CoreOutcome>;
}
