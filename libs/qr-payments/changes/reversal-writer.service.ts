import { Alerts, type NewAlert } from '@mpp/alerts';
import type { CreditPosting, DecidedCredit } from '@mpp/crediting';
import { Ledger, type NewEntry, SHARED_ACCOUNTS } from '@mpp/ledger';
import type { Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { Reversal } from '../domain/reversal.js';
import { ReversalsRepository } from '../persistence/reversals.repository.js';

/** A decision about a reversal. */
export interface DecidedReversal extends DecidedCredit<Reversal> {
  /** False if a core was never known to have debited: then the journal has no entries. */
  readonly debited: boolean;
}

/** Writes where the money of reversals goes: their rows, journal entries and alerts, in one transaction. */
@Injectable()
export class ReversalWriter {
  constructor(
    private readonly reversals: ReversalsRepository,
    private readonly ledger: Ledger,
    private readonly alerts: Alerts,
  ) {}

  /** The reversals are new, or locked. Their payments are written by the caller. */
  async writeReversals(tx: Tx, decided: readonly DecidedReversal[]): Promise<void> {
    await this.ledger.postEntries(tx, decided.flatMap(reversalEntries));
    await this.reversals.saveReversals(
      tx,
      decided.flatMap(({ before, decision: { change } }) => (change === null ? [] : { ...before, ...change })),
    );
    await this.alerts.raiseAlerts(tx, decided.flatMap(reversalAlerts));
  }

  /** The entries into suspense of reversals that were put there before their debit was known. */
  async postSuspended(tx: Tx, reversals: readonly Reversal[]): Promise<void> {
    await this.ledger.postEntries(tx, reversals.map(suspenseEntry));
  }
}

function suspenseEntry({ id: reference, amount }: Reversal): NewEntry {
  return { reference, amount, ...accountsOf('SUSPEND', reference, null) };
}

export function reversalEntries({ before, decision: { change, posting }, debited }: DecidedReversal): NewEntry[] {
  if (change === null || posting === null || !debited) return [];
  const { id: reference, amount } = before;
  return [{ reference, amount, ...accountsOf(posting, reference, change.creditedAccountId) }];
}

function accountsOf(posting: CreditPosting, payment: string, account: Reversal['creditedAccountId']) {
  const { IN_TRANSIT, REVERSALS_IN_SUSPENSE } = SHARED_ACCOUNTS;
  if (posting === 'SUSPEND') return { purpose: 'REVERSAL', debit: IN_TRANSIT, credit: REVERSALS_IN_SUSPENSE } as const;
  if (account === null) throw new Error(`payment ${payment} is given back to no account`);
  return posting === 'CREDIT'
    ? ({ purpose: 'REVERSAL', debit: IN_TRANSIT, credit: account } as const)
    : ({ purpose: 'REVERSAL_RELEASE', debit: REVERSALS_IN_SUSPENSE, credit: account } as const);
}

function reversalAlerts({ before, decision }: DecidedReversal): NewAlert[] {
  const { id: subject, customerId, creditBy } = before;
  return decision.alerts.map((kind) => ({ kind, subject, customerId, details: { creditBy } }));
}
