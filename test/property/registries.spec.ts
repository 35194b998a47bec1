import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type DiscrepancyBody, type RegistryBody, RegistryFixture } from '../support/registry-fixture.js';
import { bookHistory } from './booked-history.js';
import { rateIn, workbookOf } from './kaspi-files.js';
import { HISTORIES, type History } from './registry-history.js';
import { numbered, RegistryModel, type TakenRegistry } from './registry-model.js';

const { PROPERTY_RUNS, PROPERTY_SEED } = process.env;
const RUNS = Number(PROPERTY_RUNS ?? 12);
const SEED = PROPERTY_SEED ?? (PROPERTY_RUNS === undefined ? '2146634206' : undefined);
const TIME_LIMIT_MS = 120_000 + RUNS * 4000;

/** Pairs of months, before and after the change from UTC+6 to UTC+5. Each run has its own, so that runs share no day. */
const MONTHS = [...range(2006, 2023), ...range(2025, 2030)].flatMap((year) =>
  ['01', '03', '05', '07', '09', '11'].map((month) => `${year}-${month}`),
);
function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe('registries of random histories with planted differences', () => {
  let fixture: RegistryFixture | null = null;
  let runs = 0;
  afterAll(() => fixture?.stop());

  const begun = async (): Promise<{ fixture: RegistryFixture; month: string }> => {
    const month = MONTHS[runs++ % MONTHS.length] as string;
    if (fixture === null || month === MONTHS[0]) {
      await fixture?.stop();
      fixture = await RegistryFixture.start();
      const items = [
        ...MONTHS.flatMap((first) => [
          first,
          `${first.slice(0, 5)}${String(Number(first.slice(5)) + 1).padStart(2, '0')}`,
        ]).map((each) => ({
          mcc: '5812',
          service: 'PAYMENT',
          percent: percent(rateIn('5812', each)),
          validFrom: `${each}-01`,
        })),
        { mcc: '8021', service: 'PAYMENT', percent: percent(rateIn('8021', '')), validFrom: '2006-01-01' },
        { mcc: null, service: 'SERVICE', percent: '0.20', validFrom: '2006-01-01' },
      ];
      expect((await fixture.send('PUT', 'tariffs', { items })).status).toBe(200);
    }
    return { fixture, month };
  };

  const live = async (history: History): Promise<void> => {
    const { fixture: own, month } = await begun();
    const booked = await bookHistory(history, month, own.books);
    const model = new RegistryModel(booked);
    const ids = new Map<string, string>();
    const sent = [...history.sent, ...history.order.map((file) => ({ file, columns: 0 }))];
    const contents = new Map<string, Uint8Array>();
    for (const { file: index, columns } of sent) {
      const file = booked.files[index];
      // A month of which the history has no operation.
      if (file === undefined || file.rows.length === 0) continue;
      const name = `${index}-${columns}`;
      const content = contents.get(name) ?? (await workbookOf(file, columns));
      contents.set(name, content);
      own.clock.advance(1000);
      const { status, body } = await own.server.mpp.upload(content, name);
      expect([name, status]).toEqual([name, ids.has(name) ? 200 : 202]);
      if (ids.has(name)) continue;
      ids.set(name, body.id);
      expect(await own.processing.drainOnce()).toBe(1);
      model.take(name, file);
      await compare(own, model, ids, model.registries.slice(-1));
    }
    await compare(own, model, ids);
    for (const { given, booked: payment } of booked.payments) {
      if (given.resolve === null || model.statusOf(payment.id) !== 'IN_DOUBT') continue;
      expect((await own.server.mpp.resolve(payment.id, given.resolve)).status).toBe(200);
      model.resolve(payment.id, given.resolve);
    }
    await own.reconciliation.recheckDiscrepancies();
    await compare(own, model, ids);
    await entriesAreRight(
      own,
      model,
      booked.payments.map(({ booked: { id } }) => id),
    );
    await own.database.query(`update registry_discrepancies set status = 'RESOLVED' where status = 'OPEN'`);
  };

  it(
    'exactly the planted differences are reported in any order of registries, and each doubtful payment is settled once',
    async () => {
      await fc.assert(fc.asyncProperty(HISTORIES, live), {
        numRuns: RUNS,
        interruptAfterTimeLimit: TIME_LIMIT_MS,
        // The seed is fixed unless a number of runs is requested, so that a change is not blamed for another history.
        ...(SEED !== undefined && { seed: Number(SEED) }),
      });
    },
    TIME_LIMIT_MS + 60_000,
  );
});

const percent = (rate: bigint | null) => (Number(rate) / 10_000).toFixed(2);

/** Expects the model's open and explained differences of every registry. */
async function compare(
  fixture: RegistryFixture,
  model: RegistryModel,
  ids: ReadonlyMap<string, string>,
  registries: readonly TakenRegistry[] = model.registries,
): Promise<void> {
  for (const registry of registries) {
    const { name, file, found } = registry;
    const id = ids.get(name) as string;
    const items = await fixture.listDiscrepancies(id);
    const open = model.open(registry);
    const words = wordsOf(items.filter(({ status }) => status === 'OPEN'));
    expect({ name, open: words }).toEqual({ name, open: [...open].sort() });
    const explained = new Set(wordsOf(items.filter(({ status }) => status === 'EXPLAINED')).map(kindAndPlace));
    const gone = [...found].map(kindAndPlace).filter((place) => ![...open].map(kindAndPlace).includes(place));
    expect({ name, explained: [...explained].sort() }).toEqual({ name, explained: [...new Set(gone)].sort() });
    const errors = file.rows.filter(({ type, confirmed, amount }) => [type, confirmed, amount].includes(null)).length;
    const expected = { name, status: 'RECONCILED', kind: file.kind, period: file.period, rows: file.rows.length };
    const body: RegistryBody = await fixture.registry(id);
    expect({ ...body, name }).toMatchObject({ ...expected, matched: model.matched(file), rowErrors: errors });
  }
}

function wordsOf(items: readonly DiscrepancyBody[]): string[] {
  const words = items.map(({ kind, row, mppPaymentId, expected, actual, proposal }) => {
    if (kind === 'MISSING_AT_KASPI') return [kind, mppPaymentId, expected].join(' | ');
    if (kind === 'TOTAL_MISMATCH') return [kind, expected, actual].join(' | ');
    if (kind === 'DUPLICATE_ROW')
      return [kind, `row ${row}`, /,/.test(expected ?? '') ? 'elsewhere' : expected].join(' | ');
    return [kind, `row ${row}`, expected ?? '-', actual, ...(proposal === null ? [] : [proposal])].join(' | ');
  });
  const isAbsent = (one: string) => one.startsWith('MISSING_AT_KASPI');
  return [...words.filter((one) => !isAbsent(one)), ...numbered(words.filter(isAbsent))].sort();
}

/** The kind and place of a difference: the other words of an explained one are those of the time when it was found. */
function kindAndPlace(words: string): string {
  const [kind, place = '', actual = ''] = words.split(' | ');
  if (kind === 'MISSING_AT_KASPI') return [kind, place, actual].join(' | ');
  return [kind, place.slice(0, /^\d{4}-/.test(place) ? 10 : undefined)].join(' | ');
}

async function entriesAreRight(
  fixture: RegistryFixture,
  model: RegistryModel,
  payments: readonly string[],
): Promise<void> {
  const rows = await fixture.database.query<{
    id: string;
    status: string;
    settled_by: string | null;
    purposes: string[];
  }>(
    `select p.id, p.status, p.settled_by,
       coalesce((select array_agg(e.purpose order by e.id) from ledger_entries e where e.reference = p.id::text), '{}') as purposes
     from qr_payments p where p.id = any($1) order by p.id`,
    [payments],
  );
  expect(rows).toHaveLength(payments.length);
  const END: Readonly<Record<string, string[]>> = {
    ...{ CONFIRMED: ['PAYMENT', 'SETTLEMENT'], REVERSED: ['PAYMENT', 'REVERSAL'] },
    ...{ IN_DOUBT: ['PAYMENT'], PROCESSING: ['PAYMENT'] },
  };
  for (const { id, status, settled_by, purposes } of rows) {
    expect({ id, status, purposes }).toEqual({ id, status: model.statusOf(id), purposes: END[status] ?? [] });
    expect({ id, byRegistry: settled_by === 'REGISTRY' }).toEqual({ id, byRegistry: model.settled.has(id) });
  }
}
