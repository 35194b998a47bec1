import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { Injectable } from '@nestjs/common';
import { Database } from './database.js';
import type { DatabaseState } from './database-state.js';
import { Schema } from './migrator.js';
import { DURABILITY, FOR_READING, type Requirement } from './requirements.js';
import { holdsRights } from './schema-requirements.js';
import { Unfit } from './unusable.js';

/** An administrator may revoke a right, or change a setting, while the server runs. */
const CHECK_EVERY_MS = 60_000;

/**
 * Whether the database still meets what the start required of it. Probes ask every second, so a good result is remembered: for a minute, and not
 * for another server, to which a failover may have led. While something is wrong every probe looks again.
 */
@Injectable()
export class DatabaseCheck {
  private readonly requirements: readonly Requirement[];
  private fit: { readonly server: string; readonly atMs: number } | null = null;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    schema: Schema,
    { NODE_ENV }: Settings,
  ) {
    this.requirements = [...FOR_READING, ...(NODE_ENV === 'production' ? [DURABILITY] : []), holdsRights(schema)];
  }

  /** Null if it meets all. Rejects if it does not answer. */
  async problem({ server }: DatabaseState): Promise<string | null> {
    const atMs = this.clock.monotonicMs();
    if (this.fit?.server === server && atMs - this.fit.atMs < CHECK_EVERY_MS) return null;
    try {
      await this.database.require(this.requirements);
      this.fit = { server, atMs };
      return null;
    } catch (error) {
      if (error instanceof Unfit) return error.message;
      throw error;
    }
  }
}
