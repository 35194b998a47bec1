import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Settings } from '@mpp/config';
import type { BusinessDay } from '@mpp/kernel';
import { Database, type Queryable } from '@mpp/platform';
import { xlsxOf } from '@mpp/spreadsheet';
import { Injectable } from '@nestjs/common';
import type { RegistryKind } from '../domain/registry-row.js';
import { ownOperations, ownTotals } from '../persistence/own-operations.js';
import { columnsOf, HEAD_ROWS, rowsOf } from './own-sheet.js';

/**
 * The snapshot of a file lasts as long as somebody takes to load it, and slows down the outbox meanwhile (see
 * {@link Database.snapshot}). Who takes longer gets a broken file, not the whole server.
 */
const LONGEST_DOWNLOAD_MS = 10 * 60_000;

/** Our own registry in Kaspi's form, to lay beside Kaspi's. */
@Injectable()
export class OwnRegistries {
  private readonly participant: string;

  constructor(
    private readonly database: Database,
    settings: Settings,
  ) {
    this.participant = settings.PARTICIPANT_NAME ?? settings.KASPI_CALLER_NAME;
  }

  /**
   * The Excel file of these days, one after the other, written as it is read: memory does not grow with it. Totals and rows
   * are of one moment, so they agree to the tiyn. What can be refused is refused before the first byte.
   */
  async file(kind: RegistryKind, days: readonly BusinessDay[]): Promise<Readable> {
    const file = new PassThrough();
    // It may break before its reader listens.
    file.on('error', () => undefined);
    return new Promise((resolve, reject) => {
      const writing = this.database.snapshot((snapshot) => this.write(snapshot, kind, days, file, resolve));
      writing.catch((error: Error) => {
        file.destroy(error);
        // Nothing but a break any more where the file has begun.
        reject(error);
      });
    });
  }

  private async write(
    snapshot: Queryable,
    kind: RegistryKind,
    days: readonly BusinessDay[],
    file: PassThrough,
    begin: (file: Readable) => void,
  ): Promise<void> {
    const totals = await ownTotals(snapshot, kind, days);
    begin(file);
    const rows = rowsOf(kind, this.participant, totals, ownOperations(snapshot, kind, days));
    const sheet = xlsxOf('Реестр', columnsOf(kind), rows, HEAD_ROWS);
    await pipeline(sheet, file, { signal: AbortSignal.timeout(LONGEST_DOWNLOAD_MS) });
  }
}
