import { Money } from '@mpp/kernel';
import { Ledger, SHARED_ACCOUNTS } from '@mpp/ledger';
import type { Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';

/** The fee that a registry says, in tiyn; below zero where Kaspi gives more back than it takes. */
export interface RegistryFee {
  readonly registryId: string;
  readonly fee: bigint;
}

/** What Kaspi takes for its service, as it comes into the books. */
@Injectable()
export class FeePostings {
  constructor(private readonly ledger: Ledger) {}

  /**
   * Posts the fee in the transaction that accepts the registry; nothing where it is zero. A second fee of the same registry
   * is refused by the journal (`ledger_entries_once`), and with it the whole transaction.
   */
  async post(tx: Tx, { registryId, fee }: RegistryFee): Promise<void> {
    if (fee === 0n) return;
    const { FEES, PAYABLE_TO_KASPI } = SHARED_ACCOUNTS;
    const parties = fee > 0n ? { debit: FEES, credit: PAYABLE_TO_KASPI } : { debit: PAYABLE_TO_KASPI, credit: FEES };
    const amount = Money.ofTiyn(fee > 0n ? fee : -fee);
    await this.ledger.post(tx, [{ purpose: 'FEE', reference: registryId, ...parties, amount }]);
  }
}
