import type { Logger } from '@nestjs/common';

type Action = () => void;

/** What a transaction does outside the database once its end is known. */
export interface CommitHooks {
  /**
   * Runs the action once, after the commit, in the order of registration. It is forgotten if the transaction is rolled back
   * or run again. An action that throws is logged; the others run all the same.
   */
  afterCommit(action: Action): void;
  /** Runs the action once if this run of the transaction is rolled back, or if its commit was not answered. */
  onRollback(action: Action): void;
}

/** Runs the work, and then the actions that it registered for the end that it came to. */
export async function withCommitHooks<T>(log: Logger, work: (hooks: CommitHooks) => Promise<T>): Promise<T> {
  const committed: Action[] = [];
  const rolledBack: Action[] = [];
  let result: T;
  try {
    result = await work({
      afterCommit: (action) => void committed.push(action),
      onRollback: (action) => void rolledBack.push(action),
    });
  } catch (error) {
    runAll(rolledBack, 'rollback', log);
    throw error;
  }
  runAll(committed, 'commit', log);
  return result;
}

function runAll(actions: readonly Action[], end: string, log: Logger): void {
  for (const action of actions) {
    try {
      action();
    } catch (error) {
      log.error(`an action after the ${end} failed: ${(error as Error).stack}`);
    }
  }
}
