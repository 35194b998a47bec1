import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { almatyTime, newWorkingDays } from '../../support/registry-days.js';
import { RegistryFixture } from '../../support/registry-fixture.js';
import { entriesOf } from './entries.js';

interface Row {
  /** A purchase by default. */
  readonly type?: 'Покупка' | 'Возврат';
  /** ДА by default. */
  readonly confirmed?: 'НЕТ';
  readonly amount: string;
  readonly fee?: string;
}

/** The row “Итоги” is row 2, above the operations; null if there is none. */
interface Registry {
  readonly rows: readonly Row[];
  readonly stated: { readonly rows: number; readonly amount: string; readonly fee: string } | null;
}

const tiyn = (text: string) => Money.parse(text).tiyn;

/** Right is each discrepancy: its kind, row, expected and actual value. */
describe('registry-comparisons.json: a daily registry and books without any operation', () => {
  const days = newWorkingDays('2025-01-13');
  let fixture: RegistryFixture;
  let operations = 0;

  beforeAll(async () => {
    fixture = await RegistryFixture.start();
  });
  afterAll(() => fixture.stop());

  it.each(entriesOf<Registry, string[]>('registry-comparisons'))(
    '%s',
    async (_, { input: { rows, stated }, right }) => {
      const at = almatyTime(days.next(), '12:00:00');
      const written = rows.map(({ amount, fee = '0.00', ...row }) => {
        return { ...row, at, amount: tiyn(amount), fee: tiyn(fee), kaspiOperationId: `QR${++operations}` };
      });
      const totals = stated && { rows: stated.rows, amount: tiyn(stated.amount), fee: tiyn(stated.fee) };
      const { id } = await fixture.receiveRegistry('DAILY', written, totals);
      expect(await fixture.discrepancyLines(id)).toEqual(right);
    },
  );
});
