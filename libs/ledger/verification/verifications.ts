import { newestIdFirst, type Position, ReportDatabase, selectWhere, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Seal } from '../domain/seal.js';
import type { Verification } from '../domain/verification.js';
import { VerificationEntity } from '../persistence/verification.entity.js';
import { lockVerification } from '../persistence/verifications.js';

/** The record of all checks of the books, append-only. Each contains the head of the chain at that time. */
@Injectable()
export class Verifications {
  constructor(private readonly database: ReportDatabase) {}

  /** Newest first, at most `limit`, after the position. */
  async listVerifications(limit: number, after: Position | null): Promise<Verification[]> {
    return newestIdFirst(selectWhere(this.database.manager, VerificationEntity, {}), limit, after);
  }

  /** Null if the books were never checked. */
  async findLastVerification(manager: EntityManager = this.database.manager): Promise<Verification | null> {
    const [last] = await newestIdFirst(selectWhere(manager, VerificationEntity, {}), 1, null);
    return last ?? null;
  }

  /** Whether the caller may check the books: until its transaction ends, no other process can. */
  async lockVerification(tx: Tx): Promise<boolean> {
    return lockVerification(tx);
  }

  async recordVerification(
    tx: Tx,
    check: { verifiedAt: Date; entries: number; head: Seal | null; faults: number },
  ): Promise<void> {
    const { verifiedAt, entries, head, faults } = check;
    const [seal, hash] = head === null ? [null, null] : [head.number, head.hash];
    await tx.insert(VerificationEntity, { verifiedAt, entries: BigInt(entries), seal, hash, faults });
  }
}
