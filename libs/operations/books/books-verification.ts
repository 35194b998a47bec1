import { type Fault, JournalCheck, type KnownHead, type Seal } from '@mpp/ledger';
import { ReportDatabase, type Snapshot } from '@mpp/platform';
import { openPayments } from '@mpp/qr-payments';
import { Injectable } from '@nestjs/common';

/** The result of a check of the books. */
export interface Findings {
  /** The number of sealed entries; each was compared. */
  readonly entries: number;
  readonly head: Seal | null;
  readonly openPayments: number;
  readonly faults: readonly Fault[];
}

/** Compares the journal with its hash chain, the balances with the journal, and the money in transit with open payments. */
@Injectable()
export class BooksVerification {
  constructor(
    private readonly database: ReportDatabase,
    private readonly journal: JournalCheck,
  ) {}

  /** Read-only; payments continue while it runs. `expected` are heads of the chain that were stored elsewhere. */
  async verifyBooks(expected: readonly KnownHead[] = [], signal?: AbortSignal): Promise<Findings> {
    const { entries, head, faults } = await this.journal.checkChain(expected, signal);
    const agreed = await this.database.snapshot((snapshot) => this.agreement(snapshot), signal);
    return { entries, head, openPayments: agreed.open, faults: [...faults, ...agreed.faults] };
  }

  /** Compares balances, journal and open payments in one snapshot. */
  private async agreement(snapshot: Snapshot): Promise<{ open: number; faults: Fault[] }> {
    const balances = await this.journal.checkBalances(snapshot);
    const inTransit = await this.journal.findPaymentsInTransit(snapshot);
    const open = await openPayments(snapshot);
    const booked = new Map(inTransit.map(({ reference, amount }) => [reference, amount]));
    const known = new Set<string>(open.map(({ id }) => id));
    const sum = open.reduce((total, { amount }) => total + amount, 0n);
    const faults: Fault[] = [
      ...balances.faults,
      ...open
        .filter(({ id, amount }) => booked.get(id) !== amount)
        .map(({ id }) => ({ kind: 'NOT_IN_TRANSIT' as const, subject: `payment ${id}` })),
      ...inTransit
        .filter(({ reference }) => !known.has(reference))
        .map(({ reference }) => ({ kind: 'NOT_OPEN' as const, subject: `payment ${reference}` })),
    ];
    if (balances.inTransit !== sum) faults.push({ kind: 'IN_TRANSIT_WRONG', subject: 'the balance of IN_TRANSIT' });
    return { open: open.length, faults };
  }
}
