import { Database, type Queryable } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { Fault } from './domain/fault.js';
import type { Seal } from './domain/seal.js';
import {
  checkBalances,
  checkSealsAfter,
  faultyEntries,
  faultySums,
  paymentsInTransit,
  type SealCheck,
} from './persistence/checks.js';
import { verifiedHeads } from './persistence/verifications.js';

/** The hash that a seal had by somebody else's record. */
export type KnownHead = Pick<Seal, 'number' | 'hash'>;

export interface ChainCheck {
  /** Sealed entries, each of which was compared. */
  readonly entries: number;
  /** The last seal that was compared. */
  readonly head: Seal | null;
  readonly faults: readonly Fault[];
}

/** Nobody reads more of them, and memory must not run out where a whole table was altered. */
const MOST_FAULTS = 1000;

/** Compares the journal with its seals, and accounts with the journal. Reads, and changes nothing. */
@Injectable()
export class JournalCheck {
  constructor(private readonly database: Database) {}

  /**
   * Recomputes the chain from the first seal, some seals in each statement, so that none takes long; names what differs, up
   * to 1000 of it. `expected` are heads known from elsewhere: a chain that was made anew is sound in itself, and has others.
   */
  async chain(expected: readonly KnownHead[], signal?: AbortSignal): Promise<ChainCheck> {
    const known = [...expected, ...(await verifiedHeads(this.database))];
    const faults: Fault[] = [];
    let entries = 0;
    let head: Seal | null = null;
    let last = 0n;
    for (;;) {
      signal?.throwIfAborted();
      const seals = await checkSealsAfter(this.database, String(last));
      for (const seal of seals) {
        const number = BigInt(seal.number);
        if (!seal.follows) faults.push(...missing(last + 1n, number - 1n));
        if (!seal.sound) faults.push(...(await this.faultsIn(seal)));
        faults.push(...strange(seal, known));
        entries += seal.entries;
        head = seal;
        last = number;
      }
      faults.push(
        ...(await faultySums(
          this.database,
          seals.filter(({ sound }) => sound),
        )),
      );
      if (seals.length === 0 || faults.length >= MOST_FAULTS) break;
    }
    const furthest = known.reduce((most, { number }) => (BigInt(number) > most ? BigInt(number) : most), last);
    faults.push(...missing(last + 1n, furthest));
    return { entries, head, faults: faults.slice(0, MOST_FAULTS) };
  }

  private async faultsIn(seal: SealCheck): Promise<Fault[]> {
    const entries = await faultyEntries(this.database, seal.number);
    // Without the hash before it, it cannot be recomputed: that is said of the one that is missing.
    if (entries.length > 0 || !seal.follows) return entries;
    return [{ kind: 'SEAL_BROKEN', subject: `seal ${seal.number}` }];
  }

  /** Of one snapshot: accounts whose balance the journal contradicts, and what it has in transit, in tiyn. */
  async balances(snapshot: Queryable): Promise<{ faults: Fault[]; inTransit: bigint }> {
    return checkBalances(snapshot);
  }

  /** The payments whose money is in transit, by reference, and how much of each, in tiyn. */
  async inTransit(snapshot: Queryable): Promise<{ reference: string; amount: bigint }[]> {
    return paymentsInTransit(snapshot);
  }
}

/** Seals that should be there; of very many the first. */
function missing(from: bigint, to: bigint): Fault[] {
  const count = Math.max(0, Math.min(Number(to - from) + 1, MOST_FAULTS));
  return Array.from({ length: count }, (_, index) => ({
    kind: 'SEAL_MISSING',
    subject: `seal ${from + BigInt(index)}`,
  }));
}

/** A head that is not what was written down elsewhere. */
function strange({ number, hash }: SealCheck, known: readonly KnownHead[]): Fault[] {
  const differs = known.some((head) => head.number === number && head.hash !== hash);
  return differs ? [{ kind: 'HEAD_UNEXPECTED', subject: `seal ${number}` }] : [];
}
