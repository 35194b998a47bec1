import { Settings } from '@mpp/config';
import {
  type BeforeApplicationShutdown,
  Injectable,
  type Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Counter } from 'prom-client';
import { ClockCheck } from '../clock/clock-check.js';
import { Metrics } from '../metrics/metrics.js';

/** Work that every process does at an interval. Work that must not run in two processes at once takes an advisory lock or a lease itself. */
export interface BackgroundTask {
  /** Names the task in the metrics. */
  readonly name: string;
  readonly everyMs: number;
  /** One run; a rejection is logged and counted, and the next interval tries again. */
  readonly work: () => Promise<unknown>;
  readonly log: Logger;
  /** The log line, before the reason, when the work starts to fail. */
  readonly fails: string;
  /** The log line when it succeeds again. */
  readonly worksAgain: string;
}

interface TaskState {
  readonly task: BackgroundTask;
  running: Promise<void> | null;
  failing: boolean;
  /** When the last run ended, in ms since 1970, and how long it took; null before the first. */
  lastRun: { readonly endedAt: number; readonly seconds: number } | null;
}

/**
 * Runs the registered tasks at their intervals, from the start of the process to its stop; never two runs of one task at
 * once. With BACKGROUND_WORK=off it runs none, and none begins while the clock of the process is wrong (R42).
 */
@Injectable()
export class BackgroundWork implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly states = new Map<string, TaskState>();
  private readonly stopped = new AbortController();
  private readonly failures: Counter;

  constructor(
    private readonly settings: Settings,
    private readonly schedule: SchedulerRegistry,
    metrics: Metrics,
    private readonly clocks: ClockCheck,
  ) {
    this.failures = new Counter({
      name: 'mpp_background_failures_total',
      help: 'Runs of background tasks of this process that failed',
      labelNames: ['task'],
      registers: [metrics.registry],
    });
    const measure = (name: string, help: string, read: (run: NonNullable<TaskState['lastRun']>) => number) =>
      metrics.gaugeBy('task', name, help, () =>
        [...this.states.values()].map(
          ({ task, lastRun }) => [task.name, lastRun === null ? 0 : read(lastRun)] as const,
        ),
      );
    measure(
      'mpp_background_last_run_timestamp_seconds',
      'When the last run of a background task of this process ended; 0 before the first',
      ({ endedAt }) => endedAt / 1000,
    );
    measure(
      'mpp_background_last_run_seconds',
      'How long the last run of a background task of this process took',
      ({ seconds }) => seconds,
    );
  }

  /** Aborted when the process stops: a long run ends at its next step. */
  get stopping(): AbortSignal {
    return this.stopped.signal;
  }

  /** Call it before the application has started. */
  register(task: BackgroundTask): void {
    if (this.states.has(task.name)) throw new Error(`the background task ${task.name} is registered already`);
    this.states.set(task.name, { task, running: null, failing: false, lastRun: null });
  }

  onApplicationBootstrap(): void {
    if (this.settings.BACKGROUND_WORK === 'off') return;
    for (const state of this.states.values()) {
      const { name, everyMs } = state.task;
      this.failures.inc({ task: name }, 0);
      this.schedule.addInterval(
        name,
        setInterval(() => this.run(state), everyMs),
      );
    }
  }

  /** Starts no more runs, and aborts `stopping` for the runs under way. */
  onModuleDestroy(): void {
    this.stopped.abort(new Error('the server stops'));
    for (const name of this.schedule.getIntervals()) this.schedule.deleteInterval(name);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([...this.states.values()].map(({ running }) => running));
  }

  private run(state: TaskState): void {
    if (!this.clocks.agrees()) return;
    state.running ??= this.runOnce(state).finally(() => {
      state.running = null;
    });
  }

  private async runOnce(state: TaskState): Promise<void> {
    const { name, work, log, fails, worksAgain } = state.task;
    const started = performance.now();
    let failure: Error | null = null;
    try {
      await work();
    } catch (error) {
      failure = error as Error;
      this.failures.inc({ task: name });
    }
    state.lastRun = { endedAt: Date.now(), seconds: (performance.now() - started) / 1000 };
    // One line when the work starts to fail, not one at each interval.
    if (failure !== null && !state.failing) log.error(`${fails}: ${failure.message}`);
    if (failure === null && state.failing) log.log(worksAgain);
    state.failing = failure !== null;
  }
}
