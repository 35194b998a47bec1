import { inTemporaryFile } from '@mpp/platform';
import { rowsOfXlsx } from '@mpp/spreadsheet';
import type { RegistryKind, RegistryRow, RowError, StatedTotals } from '../../libs/registries/domain/registry-row.js';
import { RegistrySheet, type RowContent } from '../../libs/registries/domain/registry-sheet.js';
import type { RegistryCell } from '../../libs/registries/domain/sheet-cells.js';

const BANK = 'АО "_____ Bank"';
const FEE = {
  DAILY: ['Комиссия за Платежную услугу, тенге', 'Размер тарифа, Платежная услуга, %'],
  MONTHLY: ['Комиссия за услугу "Сервис", тенге', 'Размер тарифа, "Сервис", %'],
} as const;

export function headerCells(kind: RegistryKind): string[] {
  const [fee, rate] = FEE[kind];
  return [
    'Наименование Участника',
    '#',
    'ID операции Kaspi',
    'ID операции участника',
    'Подтвержденный платеж',
    'Дата и время операции',
    'Тип операции',
    'Тип оплаты',
    'ID клиента',
    'Сумма Платежа, тенге',
    fee,
    rate,
    'Категория продавца (MCC)',
  ];
}

const FEES = {
  DAILY: ['91,04', '', '84,50', '0,50', '1,65', '0,10', '4,89', '0,30'],
  MONTHLY: ['40,36', '0,20', '33,80', '0,20', '3,30', '0,20', '3,26', '0,20'],
} as const;

/** The examples of the regulation, 5.1 and 5.2: a header, totals and three operations. */
export function exampleCells(kind: RegistryKind): string[][] {
  const f = FEES[kind];
  return [
    headerCells(kind),
    ['Итоги', '3', '', '', '', '', '', '', '', '20 180,00', f[0], f[1], ''],
    [
      ...[BANK, '1', 'QR12345678', '12387914889', 'ДА', '23.09.2024 00:01:41', 'Покупка', 'QR', '5263897'],
      ...['16 900,00', f[2], f[3], '8021'],
    ],
    [
      ...[BANK, '2', 'QR87956214', '45698748797', 'ДА', '23.09.2024 00:04:24', 'Покупка', 'QR', '8889637'],
      ...['1 650,00', f[4], f[5], '7032'],
    ],
    [
      ...[BANK, '3', 'QR02598762', '78901595681', 'ДА', '23.09.2024 00:05:51', 'Покупка', 'QR', '4569716'],
      ...['1 630,00', f[6], f[7], '5411'],
    ],
  ];
}

const purchase = (
  ids: readonly [kaspi: string, ours: string, customer: string],
  at: string,
  amount: bigint,
  mcc: string,
) => ({
  type: 'PURCHASE' as const,
  kaspiOperationId: ids[0],
  mppPaymentId: ids[1],
  confirmed: true,
  at: new Date(at),
  method: 'QR',
  customerId: ids[2],
  amount,
  mcc,
});

const PURCHASES = [
  purchase(['QR12345678', '12387914889', '5263897'], '2024-09-22T19:01:41Z', 1_690_000n, '8021'),
  purchase(['QR87956214', '45698748797', '8889637'], '2024-09-22T19:04:24Z', 165_000n, '7032'),
  purchase(['QR02598762', '78901595681', '4569716'], '2024-09-22T19:05:51Z', 163_000n, '5411'),
];
const FEES_AND_RATES = {
  DAILY: [
    [8_450n, 5_000n],
    [165n, 1_000n],
    [489n, 3_000n],
  ],
  MONTHLY: [
    [3_380n, 2_000n],
    [330n, 2_000n],
    [326n, 2_000n],
  ],
} as const;

/** The content of a registry, without row numbers. */
export interface SheetContent {
  readonly kind: RegistryKind | null;
  readonly operations: readonly Omit<RegistryRow, 'row'>[];
  readonly totals: readonly Omit<StatedTotals, 'row'>[];
  readonly errors: readonly RowError[];
}

/** The content of the examples. */
export function exampleContent(kind: RegistryKind): SheetContent {
  return {
    kind,
    operations: PURCHASES.map((operation, index) => {
      const [fee, rate] = FEES_AND_RATES[kind][index] ?? [null, null];
      return { ...operation, fee, rate };
    }),
    totals: [{ rows: 3, amount: 2_018_000n, fee: kind === 'DAILY' ? 9_104n : 4_036n }],
    errors: [],
  };
}

/** The content of these rows, read as a sheet from row 1 on. */
export function readSheetContent(rows: readonly (readonly RegistryCell[])[]): SheetContent {
  const sheet = new RegistrySheet();
  const found = rows.map((cells, index) => sheet.readRow({ row: index + 1, cells }));
  sheet.requireHeader();
  return contentOf(sheet.kind, found);
}

/** The content of a file. */
export async function readWorkbookContent(content: Uint8Array): Promise<SheetContent> {
  const sheet = new RegistrySheet();
  const found: RowContent[] = [];
  await inTemporaryFile([content], async (path) => {
    for await (const { sheet: index, rows } of rowsOfXlsx(path)) {
      sheet.beginSheet(index);
      found.push(...rows.map((row) => sheet.readRow(row)));
    }
  });
  sheet.requireHeader();
  return contentOf(sheet.kind, found);
}

function contentOf(kind: RegistryKind | null, found: readonly RowContent[]): SheetContent {
  const operations = found.flatMap((taken) => (taken.is === 'OPERATION' ? [taken.row] : []));
  const totals = found.flatMap((taken) => (taken.is === 'TOTALS' ? [taken.totals] : []));
  return {
    kind,
    operations: operations.map(({ row: _, ...operation }) => operation),
    totals: totals.map(({ row: _, ...stated }) => stated),
    errors: found.flatMap((taken) => ('errors' in taken ? taken.errors : [])),
  };
}
