import { type CellValue, readXlsx } from 'hucre/xlsx';
import type { PlantedDifference } from '../domain/planted-differences.js';

/** The cells of a registry: the header, "Итоги", and a row for each operation. */
export interface ReadRegistry {
  readonly header: readonly CellValue[];
  readonly totals: readonly CellValue[];
  readonly rows: readonly (readonly CellValue[])[];
}

export async function readRegistry(file: Uint8Array): Promise<ReadRegistry> {
  const [header = [], totals = [], ...rows] = (await readXlsx(file)).sheets[0]?.rows ?? [];
  return { header, totals, rows };
}

/** The registry in an HTTP response. */
export async function registryOf(response: Response) {
  if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const planted = JSON.parse(response.headers.get('x-planted') ?? '') as PlantedDifference[];
  return { bytes, planted, ...(await readRegistry(bytes)) };
}
