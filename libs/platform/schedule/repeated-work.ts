import type { Logger } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';

export interface Repetition {
  /** In the registry of schedules. */
  readonly name: string;
  readonly everyMs: number;
  readonly work: () => Promise<unknown>;
  readonly log: Logger;
  /** What the log says once it fails, before the reason, and once it works again. */
  readonly says: { readonly fails: string; readonly worksAgain: string };
}

/** Work that a process does again and again, never twice at the same time. A failure is tried again at the next turn. */
export class RepeatedWork {
  private running: Promise<unknown> | null = null;
  private stopped = false;
  private works = true;

  constructor(
    private readonly schedule: SchedulerRegistry,
    private readonly repetition: Repetition,
  ) {}

  start(): void {
    const { name, everyMs } = this.repetition;
    this.schedule.addInterval(
      name,
      setInterval(() => this.turn(), everyMs),
    );
  }

  /** Whether work that is under way should come to its end. */
  get stopping(): boolean {
    return this.stopped;
  }

  /** Resolves when what is under way has ended. */
  async stop(): Promise<void> {
    const { name } = this.repetition;
    this.stopped = true;
    if (this.schedule.doesExist('interval', name)) this.schedule.deleteInterval(name);
    await this.running;
  }

  private turn(): void {
    this.running ??= this.repetition
      .work()
      .then(
        () => this.worked(true),
        (error: Error) => this.worked(false, error),
      )
      .finally(() => {
        this.running = null;
      });
  }

  /** One line when it stops working and one when it works again. */
  private worked(works: boolean, error?: Error): void {
    if (works === this.works) return;
    this.works = works;
    const { log, says } = this.repetition;
    if (works) log.log(says.worksAgain);
    else log.error(`${says.fails}: ${error?.message}`);
  }
}
