import { addDays, type BusinessDay, type DayRange, daysOf, monthOf } from '@mpp/kernel';
import { WorkingDays } from '../../libs/calendar/domain/working-days.js';
import { kazakhstanHolidays } from '../../libs/calendar/kazakhstan-holidays.js';
import { groupOf } from '../../libs/registries/domain/period.js';
import type { BookedPayment, BookedRefund, Books } from '../support/books.js';
import { fileOf, type KaspiFile, type KaspiRow, midnight } from './kaspi-files.js';
import { type GivenPayment, type GivenRefund, GROUPS, type History, type Planted } from './registry-history.js';

export interface BookedHistory {
  readonly payments: readonly { readonly given: GivenPayment; readonly booked: BookedPayment }[];
  readonly refunds: readonly { readonly given: GivenRefund; readonly booked: BookedRefund }[];
  readonly files: readonly KaspiFile[];
}

const CALENDAR = new WorkingDays(kazakhstanHolidays, []);
const MINUTE_MS = 60_000;
const after = (day: string, minutes: number, seconds = 0) =>
  new Date(midnight(day).getTime() + minutes * MINUTE_MS + seconds * 1000);

let ids = 10_000_000;

/** Books a history in a month and the next one. Returns the operations and Kaspi's registries about them. */
export async function bookHistory(history: History, month: string, books: Books): Promise<BookedHistory> {
  const groups: DayRange[] = [];
  for (let day = `${month}-${history.startsOn}` as BusinessDay; groups.length < GROUPS; ) {
    const group = groupOf('DAILY', day, CALENDAR);
    groups.push(group);
    day = addDays(group.to, 1);
  }
  const payments: { given: GivenPayment; booked: BookedPayment }[] = [];
  const refunds: { given: GivenRefund; booked: BookedRefund }[] = [];
  const rows: { planted: Planted; row: KaspiRow }[] = [];
  const bought = async (given: GivenPayment) => {
    const days = daysOf(groups[given.group] as DayRange);
    const day = days[given.day % days.length] as BusinessDay;
    // Both days belong to the history.
    const next = given.group === GROUPS - 1 && day === days.at(-1) ? null : addDays(day, 1);
    const clocks = next === null ? 'SAME_DAY' : given.clocks;
    const ofDay = after(day, given.minute);
    const late = after(day, 24 * 60 - 2, payments.length);
    const early = new Date(late.getTime() + 3 * MINUTE_MS);
    const [ours, theirs] =
      clocks === 'SAME_DAY' ? [ofDay, ofDay] : clocks === 'OURS_BEFORE_MIDNIGHT' ? [late, early] : [early, late];
    const [kaspiId, confirmed] = [`QR${++ids}`, given.status === 'CONFIRMED'];
    const hasKaspiId = confirmed && given.byKaspisIdAlone;
    const { amount, status, mcc } = given;
    const booked = await books.payment({
      at: ours,
      amount,
      status,
      mcc,
      kaspiOperationId: hasKaspiId ? kaspiId : null,
    });
    payments.push({ given, booked });
    const row: KaspiRow = {
      ...{
        operation: `payment ${booked.id}`,
        payment: booked,
        refund: null,
        type: 'PURCHASE',
        at: theirs,
        kaspiId,
        mcc,
      },
      ...{ confirmed: given.status === 'IN_DOUBT' ? given.inDoubt === 'ДА' : true, fee: 0n, amount },
      ...{
        mppId: hasKaspiId && given.planted.what !== 'UNREADABLE_TYPE' ? null : booked.id,
        customer: booked.customerId,
      },
    };
    // Kaspi has no row of a payment that is not confirmed, unless by mistake.
    const isThere =
      confirmed || (status === 'IN_DOUBT' ? given.inDoubt !== 'NOTHING' : given.planted.what === 'OTHER_ANSWER');
    const planted: Planted =
      confirmed || status === 'IN_DOUBT' ? given.planted : { what: 'AS_IT_WAS', where: given.planted.where };
    if (isThere) rows.push({ planted, row });
    if (!confirmed || clocks !== 'SAME_DAY') return;
    for (const [index, back] of given.refunds.entries()) await refund(back, index, given, booked, row);
  };
  const refund = async (
    given: GivenRefund,
    index: number,
    of: GivenPayment,
    payment: BookedPayment,
    paid: KaspiRow,
  ) => {
    const group = groups[of.group + (given.later ? 1 : 0)];
    const base = given.later && group ? after(group.from, of.minute) : payment.at;
    const at = new Date(base.getTime() + (index + 1) * 11 * MINUTE_MS);
    const kaspiId = `QR${++ids}`;
    const booked = await books.refund(payment, {
      at,
      amount: given.amount,
      kaspiOperationId: given.hasKaspiId ? kaspiId : null,
    });
    refunds.push({ given, booked });
    const row: KaspiRow = {
      ...paid,
      ...{
        operation: `refund ${booked.id}`,
        refund: booked,
        type: 'REFUND',
        kaspiId,
        amount: given.amount,
        confirmed: true,
      },
      ...{ mppId: given.hasKaspiId && given.planted.what !== 'UNREADABLE_TYPE' ? null : payment.id },
      // A file has whole seconds only.
      ...{ at: new Date(at.getTime() + index * 1000), fee: given.feeBack ? 1n : 0n },
    };
    rows.push({ planted: given.planted, row });
  };
  // With one operation in each group no registry is empty, whatever differences are planted.
  for (const group of groups.keys()) await bought({ ...ANCHOR, group });
  for (const given of history.payments) await bought(given);
  for (const given of history.strangers) {
    const at = after((groups[given.group] as DayRange).from, given.minute);
    const kaspiId = `QR${++ids}`;
    const row: KaspiRow = {
      ...{ operation: kaspiId, payment: null, refund: null, type: given.refund ? 'REFUND' : 'PURCHASE', at, kaspiId },
      ...{ confirmed: true, fee: 0n, amount: given.amount, mppId: `unknown-${ids}`, customer: '5', mcc: '8021' },
    };
    rows.push({ planted: given.planted, row });
  }
  const months = [monthOf(groups[0]?.from as BusinessDay), monthOf(groups.at(-1)?.to as BusinessDay)];
  const periods = [...groups.map((period) => ({ kind: 'DAILY' as const, period })), ...distinct(months)];
  const files = periods.map(({ kind, period }, index) =>
    fileOf(kind, period, rows, groups, history.totals[index] ?? 'RIGHT'),
  );
  return { payments, refunds, files };
}

function distinct(months: readonly DayRange[]): { kind: 'MONTHLY'; period: DayRange }[] {
  return [...new Map(months.map((period) => [period.from, period])).values()].map((period) => ({
    kind: 'MONTHLY',
    period,
  }));
}

const ANCHOR: GivenPayment = {
  ...{ group: 0, day: 0, minute: 720, clocks: 'SAME_DAY', status: 'CONFIRMED', amount: 123_450n, mcc: '8021' },
  ...{ byKaspisIdAlone: false, inDoubt: 'NOTHING', resolve: null, refunds: [] },
  planted: { what: 'AS_IT_WAS', where: 'BOTH' },
};
