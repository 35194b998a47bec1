import { expect } from '@jest/globals';
import { DoubtEscalations } from '../../libs/qr-payments/doubt/doubt-escalations.service.js';
import { RefundEscalations } from '../../libs/refunds/crediting/refund-escalations.service.js';
import type { TestClock } from '../support/test-clock.js';
import type { Run } from './run.js';

/** The clocks of both servers; one at most is wrong (R42). */
export class Clocks {
  /** Notifies, as `requestId attempt`, whose answer arrived while the clock was wrong and so was not recorded. */
  readonly lostAttempts: string[] = [];

  constructor(private readonly run: Run) {}

  /** The time by the clock of this server. */
  nowAt(at: number): number {
    return this.of(at).now().getTime();
  }

  isRight(at: number): boolean {
    return this.nowAt(at) === this.run.now;
  }

  /** The server whose clock is right: this one if its is. */
  ready(at: number): number {
    return this.isRight(at) ? at : 1 - at;
  }

  setWrong(at: number, aheadMs: number): void {
    this.setRight();
    this.of(at).set(aheadMs);
  }

  setRight(): void {
    for (const clock of this.run.system.clocks) clock.set(0);
  }

  /** A server whose clock is wrong has delivered nothing, and raises no alerts. */
  async expectIdle(at: number, delivered: number): Promise<void> {
    const { app } = this.run.server(at);
    const alerts = [RefundEscalations, DoubtEscalations].map((kind) => app.get(kind, { strict: false }).escalateDue());
    expect([delivered, ...(await Promise.all(alerts))]).toEqual([0, 0, 0]);
    this.run.count('background work of a server whose clock is wrong');
  }

  private of(at: number): TestClock {
    return this.run.system.clocks[at === 0 ? 0 : 1];
  }
}
