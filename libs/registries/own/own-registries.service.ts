import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Settings } from '@mpp/config';
import type { BusinessDay } from '@mpp/kernel';
import { Database, type Queryable } from '@mpp/platform';
import { xlsxOf } from '@mpp/spreadsheet';
import { Injectable } from '@nestjs/common';
import type { RegistryKind } from '../domain/registry-row.js';
import { readOwnOperations, sumOwnOperations } from '../persistence/own-operations.js';
import { columnsOf, HEAD_ROWS, rowsOf } from './own-sheet.js';

/** A download holds a snapshot, which slows down the outbox ({@link Database.snapshot}): a longer one is broken off. */
const MAX_DOWNLOAD_MS = 10 * 60_000;

/** Our own registries, in the form of Kaspi's. */
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
   * The Excel file of consecutive days as a stream: memory does not grow with it. Totals and rows are of one snapshot, so they
   * agree to the tiyn. Rejects before the first byte; later errors destroy the stream.
   */
  async writeFile(kind: RegistryKind, days: readonly BusinessDay[]): Promise<Readable> {
    const file = new PassThrough();
    // An error may come before the reader has a listener.
    file.on('error', () => undefined);
    return new Promise((resolve, reject) => {
      const writing = this.database.snapshot((snapshot) => this.writeRows(snapshot, kind, days, file, resolve));
      writing.catch((error: Error) => {
        file.destroy(error);
        // Has no effect if the file has begun.
        reject(error);
      });
    });
  }

  private async writeRows(
    snapshot: Queryable,
    kind: RegistryKind,
    days: readonly BusinessDay[],
    file: PassThrough,
    begin: (file: Readable) => void,
  ): Promise<void> {
    const totals = await sumOwnOperations(snapshot, kind, days);
    begin(file);
    const rows = rowsOf(kind, this.participant, totals, readOwnOperations(snapshot, kind, days));
    const sheet = xlsxOf('Реестр', columnsOf(kind), rows, HEAD_ROWS);
    await pipeline(sheet, file, { signal: AbortSignal.timeout(MAX_DOWNLOAD_MS) });
  }
}
