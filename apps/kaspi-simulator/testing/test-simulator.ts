import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningSimulator, type SimulatorOptions, startSimulator } from '../start.js';
import { clientOf, TestClock } from './simulator-client.js';

/** A simulator for one test file, with a test clock and a store file that it keeps over a restart. */
export class TestSimulator {
  readonly clock = new TestClock(new Date('2026-02-19T10:00:00Z'));
  readonly client = clientOf(() => this.running.url);
  private readonly folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  private started: RunningSimulator | undefined;

  constructor(private readonly options: Partial<SimulatorOptions> = {}) {}

  get running(): RunningSimulator {
    if (this.started === undefined) throw new Error('the simulator was not started');
    return this.started;
  }

  get storeFile(): string {
    return join(this.folder, 'store.jsonl');
  }

  async start(): Promise<void> {
    const { storeFile, clock, options } = this;
    const refundUrl = 'http://127.0.0.1:9/refund';
    this.started = await startSimulator({ port: 0, storeFile, refundUrl, clock, ...options });
  }

  async restart(): Promise<void> {
    await this.running.stop();
    await this.start();
  }

  async end(): Promise<void> {
    await this.running.stop();
    rmSync(this.folder, { recursive: true });
  }
}
