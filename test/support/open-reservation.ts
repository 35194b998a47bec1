import type { Outbox, OutboxReservation } from '@mpp/outbox';

export interface OpenReservation extends OutboxReservation {
  commit(): void;
  rollBack(): void;
}

/** Reserves an attempt like an open transaction, which the test ends. */
export function openReservation(outbox: Outbox, topic: string, key = 'k', payload: object = {}): OpenReservation {
  const committed: (() => void)[] = [];
  const rolledBack: (() => void)[] = [];
  const hooks = {
    afterCommit: (action: () => void) => void committed.push(action),
    onRollback: (action: () => void) => void rolledBack.push(action),
  };
  return {
    ...outbox.reserveAttempt(hooks, { topic, key, payload }),
    commit: () => {
      for (const action of committed) action();
    },
    rollBack: () => {
      for (const action of rolledBack) action();
    },
  };
}
