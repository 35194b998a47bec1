import type { OnApplicationShutdown } from '@nestjs/common';
import { CoreBooks } from '../domain/core-books.js';
import { type StoredEvent, storedEvent } from '../domain/events.js';
import { OperationNumbers } from '../domain/operation-numbers.js';
import { Purchases } from '../domain/purchases.js';
import { QrCodes } from '../domain/qr-codes.js';
import { Refunds } from '../domain/refunds.js';
import { RegistryRates } from '../domain/registry-rates.js';
import { EventFile } from './event-file.js';

/** The data of the PS and the bank's core. An event is recorded before any answer that depends on it, so a restart restores it. */
export class Store implements OnApplicationShutdown {
  readonly qrCodes = new QrCodes();
  readonly purchases = new Purchases();
  readonly refunds = new Refunds();
  readonly registryRates = new RegistryRates();
  readonly core = new CoreBooks();
  readonly operationNumbers = new OperationNumbers();
  private readonly file: EventFile | null;

  /** Without a file the data lives as long as the process. */
  constructor(path: string | null) {
    this.file =
      path === null ? null : EventFile.open(path, (event) => this.apply(storedEvent(event as { event: string })));
  }

  recordEvents(...events: readonly StoredEvent[]): void {
    this.file?.append(events);
    for (const event of events) this.apply(event);
  }

  onApplicationShutdown(): void {
    this.file?.close();
  }

  private apply(event: StoredEvent): void {
    switch (event.event) {
      case 'qr-made':
        this.qrCodes.applyEvent(event);
        break;
      case 'refund-requested':
      case 'refund-answered':
        this.refunds.applyEvent(event);
        break;
      case 'registry-rates-set':
        this.registryRates.applyEvent(event);
        break;
      case 'core-account-opened':
      case 'core-account-changed':
      case 'core-decided':
      case 'core-requested':
        this.core.applyEvent(event);
        break;
      default:
        this.purchases.applyEvent(event);
    }
    if ('receipt' in event && event.receipt !== null) this.operationNumbers.markUsed(event.receipt.operationId);
  }
}
