import type { Pool, PoolClient } from 'pg';

/** Replaces the connections of a pool: those that are idle at once, and those in use when they are released. */
export class PooledConnections {
  /** Connections of an earlier generation do not return to the pool. */
  private generation = 0;
  private readonly generationOf = new WeakMap<PoolClient, number>();

  constructor(private readonly pool: Pool) {
    pool.on('connect', (client) => void this.generationOf.set(client, this.generation));
    // The pool asks after this event whether the connection has ended, and keeps it if not.
    pool.on('release', (_error, client) => {
      if ((this.generationOf.get(client) ?? 0) < this.generation) void client.end();
    });
  }

  /** Returns how many there are. */
  replaceAll(): number {
    this.generation++;
    const { idleCount, totalCount } = this.pool;
    for (let n = 0; n < idleCount; n++) {
      this.pool.connect().then(
        (client) => client.release(true),
        () => undefined,
      );
    }
    return totalCount;
  }
}
