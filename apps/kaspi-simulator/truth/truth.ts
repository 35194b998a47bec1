import type { OnApplicationShutdown } from '@nestjs/common';
import { Purchases, type TruthEvent } from '../domain/purchases.js';
import { TruthFile } from './truth-file.js';

/** What the PS knows, and knows again after a restart: an answer that depends on an event leaves after it was recorded. */
export class Truth implements OnApplicationShutdown {
  readonly purchases = new Purchases();
  private readonly file: TruthFile | null;

  /** Without a file everything is forgotten at the end of the process. */
  constructor(path: string | null) {
    this.file = path === null ? null : TruthFile.open(path, (event) => this.purchases.apply(event as TruthEvent));
  }

  record(...events: readonly TruthEvent[]): void {
    this.file?.append(events);
    for (const event of events) this.purchases.apply(event);
  }

  onApplicationShutdown(): void {
    this.file?.close();
  }
}
