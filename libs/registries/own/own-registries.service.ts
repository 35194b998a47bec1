import { Settings } from '@mpp/config';
import type { BusinessDay } from '@mpp/kernel';
import { type DownloadedFile, ReportDatabase } from '@mpp/platform';
import { xlsxOf } from '@mpp/spreadsheet';
import { Injectable } from '@nestjs/common';
import type { RegistryKind } from '../domain/registry-row.js';
import { readOwnOperations, sumOwnOperations } from '../persistence/own-operations.js';
import { columnsOf, HEAD_ROWS, rowsOf } from './own-sheet.js';

/** Our own registries, in the form of Kaspi's. */
@Injectable()
export class OwnRegistries {
  private readonly participant: string;

  constructor(
    private readonly database: ReportDatabase,
    settings: Settings,
  ) {
    this.participant = settings.PARTICIPANT_NAME ?? settings.KASPI_CALLER_NAME;
  }

  /** Writes the Excel file of consecutive days. Totals and rows are of one snapshot, so they agree to the tiyn. */
  async writeFile(kind: RegistryKind, days: readonly BusinessDay[], file: DownloadedFile): Promise<void> {
    await this.database.snapshot(async (snapshot) => {
      const totals = await sumOwnOperations(snapshot, kind, days);
      const rows = rowsOf(kind, this.participant, totals, readOwnOperations(snapshot, kind, days));
      await file.write(xlsxOf('Реестр', columnsOf(kind), rows, HEAD_ROWS));
    }, file.signal);
  }
}
