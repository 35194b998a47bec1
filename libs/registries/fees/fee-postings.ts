import { Money } from '@mpp/kernel';
import { Ledger, SHARED_ACCOUNTS } from '@mpp/ledger';
import type { Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';

/** The fee of a registry in tiyn; negative if Kaspi returns more than it charges. */
export interface RegistryFee {
  readonly registryId: string;
  readonly fee: bigint;
}

/** Kaspi's fees in the journal. */
@Injectable()
export class FeePostings {
  constructor(private readonly ledger: Ledger) {}

  /** Posts the fee unless it is zero. Violates `ledger_entries_once` if the registry has a fee already. */
  async postFee(tx: Tx, { registryId, fee }: RegistryFee): Promise<void> {
    if (fee === 0n) return;
    const { FEES, PAYABLE_TO_KASPI } = SHARED_ACCOUNTS;
    const parties = fee > 0n ? { debit: FEES, credit: PAYABLE_TO_KASPI } : { debit: PAYABLE_TO_KASPI, credit: FEES };
    const amount = Money.ofTiyn(fee > 0n ? fee : -fee);
    await this.ledger.postEntries(tx, [{ purpose: 'FEE', reference: registryId, ...parties, amount }]);
  }
}
