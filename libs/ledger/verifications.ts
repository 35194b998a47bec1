import { Database, type Queryable, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { Verification } from './domain/verification.js';
import { holdVerification, insertVerification, selectVerifications } from './persistence/verifications.js';

/** When the books were checked, and what came of it: append only, and with each the head of the chain at that time. */
@Injectable()
export class Verifications {
  constructor(private readonly database: Database) {}

  /** Newest first, at most `limit`, from before this id on. */
  async list(limit: number, before: string | null): Promise<Verification[]> {
    return selectVerifications(this.database, limit, before);
  }

  /** Null where the books were never checked. */
  async last(queryable: Queryable = this.database): Promise<Verification | null> {
    return (await selectVerifications(queryable, 1, null))[0] ?? null;
  }

  /** Whether the caller may check the books: until its transaction ends, nobody else does. */
  async hold(tx: Tx): Promise<boolean> {
    return holdVerification(tx);
  }

  async record(tx: Tx, verification: Omit<Verification, 'id'>): Promise<void> {
    await insertVerification(tx, verification);
  }
}
