import { ReportDatabase, type Snapshot } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { Fault } from '../domain/fault.js';
import type { Seal } from '../domain/seal.js';
import { checkBalances, selectPaymentsInTransit } from '../persistence/balance-checks.js';
import { checkSealsAfter, findFaultyEntries, findFaultySums, type SealCheck } from '../persistence/seal-checks.js';
import { selectVerifiedHeads } from '../persistence/verifications.js';

/** Number and hash of a seal, from a record outside the chain. */
export type KnownHead = Pick<Seal, 'number' | 'hash'>;

export interface ChainCheck {
  /** The number of sealed entries, each of which was compared. */
  readonly entries: number;
  /** The last seal that was compared. */
  readonly head: Seal | null;
  readonly faults: readonly Fault[];
}

/** Limits memory if a whole table was altered. */
const MAX_FAULTS = 1000;

/** Compares the journal with its seals, and balances with the journal. Read-only. */
@Injectable()
export class JournalCheck {
  constructor(private readonly database: ReportDatabase) {}

  /**
   * Recomputes the chain from the first seal, in short statements of some seals each, and returns up to 1000 faults. `expected`
   * are heads from other records: a recomputed chain is consistent, but has other heads.
   */
  async checkChain(expected: readonly KnownHead[], signal?: AbortSignal): Promise<ChainCheck> {
    const knownHeads = [...expected, ...(await selectVerifiedHeads(this.database))];
    const faults: Fault[] = [];
    let entries = 0;
    let head: Seal | null = null;
    let last = 0n;
    for (;;) {
      signal?.throwIfAborted();
      const seals = await checkSealsAfter(this.database, String(last));
      for (const seal of seals) {
        const number = BigInt(seal.number);
        if (!seal.follows) faults.push(...missingSeals(last + 1n, number - 1n));
        if (!seal.sound) faults.push(...(await this.findFaultsOfSeal(seal)));
        faults.push(...unexpectedHead(seal, knownHeads));
        entries += seal.entries;
        head = seal;
        last = number;
      }
      const sound = seals.filter((seal) => seal.sound);
      faults.push(...(await findFaultySums(this.database, sound)));
      if (seals.length === 0 || faults.length >= MAX_FAULTS) break;
    }
    const newest = knownHeads.reduce((most, { number }) => (BigInt(number) > most ? BigInt(number) : most), last);
    faults.push(...missingSeals(last + 1n, newest));
    return { entries, head, faults: faults.slice(0, MAX_FAULTS) };
  }

  /** The accounts whose balance differs from the journal, and the balance of IN_TRANSIT in tiyn, from one snapshot. */
  async checkBalances(snapshot: Snapshot): Promise<{ faults: Fault[]; inTransit: bigint }> {
    return checkBalances(snapshot);
  }

  /** The payments whose money is in transit, with the amount in tiyn. */
  async findPaymentsInTransit(snapshot: Snapshot): Promise<{ reference: string; amount: bigint }[]> {
    return selectPaymentsInTransit(snapshot);
  }

  private async findFaultsOfSeal(seal: SealCheck): Promise<Fault[]> {
    const entries = await findFaultyEntries(this.database, seal.number);
    // Without the previous hash the seal cannot be recomputed; the missing seal is reported instead.
    if (entries.length > 0 || !seal.follows) return entries;
    return [{ kind: 'SEAL_BROKEN', subject: `seal ${seal.number}` }];
  }
}

/** The first 1000 of the seals that do not exist. */
function missingSeals(from: bigint, to: bigint): Fault[] {
  const count = Math.max(0, Math.min(Number(to - from) + 1, MAX_FAULTS));
  return Array.from({ length: count }, (_, index) => ({
    kind: 'SEAL_MISSING',
    subject: `seal ${from + BigInt(index)}`,
  }));
}

function unexpectedHead({ number, hash }: SealCheck, knownHeads: readonly KnownHead[]): Fault[] {
  const differs = knownHeads.some((head) => head.number === number && head.hash !== hash);
  return differs ? [{ kind: 'HEAD_UNEXPECTED', subject: `seal ${number}` }] : [];
}
