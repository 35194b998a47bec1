import { expect } from '@jest/globals';
import { formatTiyn } from '@mpp/kernel';
import { Outbox } from '@mpp/outbox';
import { readXlsx } from 'hucre/xlsx';
import type { BookedPayment, BookedRefund } from './books.js';
import type { Answer } from './mpp.js';
import { PsRefunds } from './ps-refunds.js';
import { almatyTime, newWorkingDays, paymentRow, refundRow } from './registry-days.js';
import type { WrittenRow } from './registry-files.js';
import { type DiscrepancyBody, RegistryFixture } from './registry-fixture.js';

export const REASON = 'letter of Kaspi 17/3';

interface DayBody extends Record<string, unknown> {
  agrees: boolean | null;
  outstanding: string;
  refunds: { count: number };
}

export interface SettledBody extends DiscrepancyBody {
  settlement: { action: string; reason: string; reference: string | null } | null;
}

/** Kaspi's fee at 0,50 %, the tariff of these tests. */
export const feeOf = (amount: bigint) => (amount * 5n + 500n) / 1000n;
const RATED = { rate: '0,50' } as const;

/** Books, registries that differ from them, and operators who end the differences. Each test has a business day of its own. */
export class DifferencesFixture {
  private readonly days = newWorkingDays('2025-06-02');
  date = '';
  /** What Kaspi lists for the day. */
  private rows: WrittenRow[] = [];
  /** Kaspi's registries of the day. */
  private received: string[] = [];
  private operations = 60_000_000;

  private constructor(readonly registries: RegistryFixture) {}

  static async start(env: Record<string, string> = {}): Promise<DifferencesFixture> {
    const fixture = new DifferencesFixture(await RegistryFixture.start(env));
    const items = [
      { mcc: null, service: 'PAYMENT', percent: '0.50', validFrom: '2025-01-01' },
      { mcc: null, service: 'SERVICE', percent: '0.20', validFrom: '2025-01-01' },
    ];
    expect((await fixture.registries.send('PUT', 'tariffs', { items })).status).toBe(200);
    return fixture;
  }

  stop(): Promise<void> {
    return this.registries.stop();
  }

  beginDay(): void {
    this.date = this.days.next();
    this.rows = [];
    this.received = [];
  }

  /** The day of the test's clock, a week later each time, for payments that are made: no weekend, whose days have one registry. */
  beginDayOfClock(): void {
    this.beginDay();
    const { clock, server } = this.registries;
    clock.advance(7 * 24 * 3_600_000);
    server.mpp.forgetTokens();
    this.date = new Date(clock.now().getTime() + 5 * 3_600_000).toISOString().slice(0, 10);
  }

  at(time = '12:00:00'): Date {
    return almatyTime(this.date, time);
  }

  pay(given: Partial<BookedPayment> = {}): Promise<BookedPayment> {
    return this.registries.books.payment({ at: this.at(), ...given });
  }

  refund(payment: BookedPayment, amount: bigint, given: Partial<BookedRefund> = {}): Promise<BookedRefund> {
    return this.registries.books.creditedRefund(payment, { at: this.at('13:00:00'), amount, ...given });
  }

  async purchaseOf({ id }: Pick<BookedPayment, 'id'>): Promise<string> {
    const rows = await this.registries.database.query<{ purchase: string }>(
      'select kaspi_payment_id as purchase from qr_payments where id = $1',
      [id],
    );
    return rows[0]?.purchase ?? '';
  }

  /**
   * Kaspi requests a refund, and what is accepted is credited. Returns our result code. `operation`: Kaspi's id of the refund in its
   * receipt, from which its refundId is made here.
   */
  async refundByKaspi(
    payment: BookedPayment,
    refundAmount: string,
    operation = `QR${++this.operations}`,
  ): Promise<string | undefined> {
    const { result } = await new PsRefunds(`${this.registries.server.kaspiUrl}/refund`).refund({
      ...{ paymentId: await this.purchaseOf(payment), customerId: payment.customerId, refundId: `Ref-${operation}` },
      ...{ refundAmount, pdfReceipt: `https://receipt.kaspi.kz/pdf?extTranId=${operation}` },
    });
    await this.registries.server.app.get(Outbox, { strict: false }).drainOnce();
    return result?.resultCode;
  }

  /** A row of the payment as Kaspi lists it, with the fee of the tariff. */
  row(payment: BookedPayment, given: Partial<WrittenRow> = {}): WrittenRow {
    const amount = given.amount ?? payment.amount;
    return { ...paymentRow(payment), ...RATED, fee: feeOf(amount), ...given };
  }

  refundRow(payment: BookedPayment, refund: BookedRefund, given: Partial<WrittenRow> = {}): WrittenRow {
    return { ...refundRow(payment, refund), fee: 0n, ...given };
  }

  unknownRow(given: Partial<WrittenRow> & { kaspiOperationId: string }): WrittenRow {
    return {
      at: this.at('14:00:00'),
      amount: 70_000n,
      fee: feeOf(given.amount ?? 70_000n),
      ...RATED,
      mcc: '5812',
      ...given,
    };
  }

  /** Kaspi's registry of the day; returns its discrepancies. */
  async list(...rows: WrittenRow[]): Promise<DiscrepancyBody[]> {
    this.rows = rows;
    const registry = await this.registries.receiveRegistry('DAILY', rows);
    expect(registry.status).toBe('RECONCILED');
    this.received.push(registry.id);
    return this.registries.listDiscrepancies(registry.id);
  }

  /** The only discrepancy of Kaspi's registry of the day. */
  async listOne(kind: string, ...rows: WrittenRow[]): Promise<DiscrepancyBody> {
    const found = await this.list(...rows);
    expect(found.map((each) => each.kind)).toEqual([kind]);
    return found[0] as DiscrepancyBody;
  }

  settle(
    { id }: Pick<DiscrepancyBody, 'id'>,
    action: string,
    accountId?: string,
    reason = REASON,
  ): Promise<Answer<SettledBody>> {
    const body = { action, reason, ...(accountId && { accountId }) };
    return this.registries.send('POST', `discrepancies/${id}/settle`, body);
  }

  async settled(discrepancy: Pick<DiscrepancyBody, 'id'>, action: string, accountId?: string): Promise<SettledBody> {
    const { status, body } = await this.settle(discrepancy, action, accountId);
    expect([status, body.status]).toEqual([200, action === 'EXPLAIN' ? 'EXPLAINED' : 'RESOLVED']);
    return body;
  }

  /** The journal entries under the reference of a settlement, as "purpose debit → credit amount". */
  async entries(reference: string | null): Promise<string[]> {
    const rows = await this.registries.database.query<{ line: string }>(
      `select purpose || ' ' || ledger_account_kind(debit_account_id) || ' → ' || ledger_account_kind(credit_account_id) || ' '
         || to_char(amount / 100.0, 'FM999999990.00') as line
       from ledger_entries where reference = $1 order by id`,
      [reference],
    );
    return rows.map(({ line }) => line);
  }

  /** What the customer has on all accounts. */
  async balanceOf(customer: string): Promise<string> {
    const [row] = await this.registries.database.query<{ sum: string }>(
      `select coalesce(sum(balance), 0)::text as sum from ledger_accounts where customer_id = $1`,
      [customer],
    );
    return formatTiyn(BigInt(row?.sum ?? 0));
  }

  async accountOf(customer: string): Promise<string> {
    const [row] = await this.registries.database.query<{ id: string }>(
      'select id from ledger_accounts where customer_id = $1 order by created_at limit 1',
      [customer],
    );
    return row?.id ?? '';
  }

  async day(): Promise<DayBody> {
    return (await this.registries.get<DayBody>(`settlements/${this.date}`)).body;
  }

  /** What R40 demands at the end: books and Kaspi agree, everything is paid, and the books are balanced. */
  async expectEnded(): Promise<void> {
    await this.registries.reconciliation.recheckDiscrepancies();
    for (const id of this.received) {
      const found = await this.registries.listDiscrepancies(id);
      expect(found.filter(({ status }) => status === 'OPEN')).toEqual([]);
    }
    const day = await this.day();
    expect(day.agrees).toBe(true);
    if (day.outstanding !== '0.00' || day.refunds.count > 0) {
      const transfer = { amount: day.outstanding, reference: `bank-${this.date}` };
      expect((await this.registries.send('POST', `settlements/${this.date}`, transfer)).status).toBe(201);
    }
    expect((await this.day()).outstanding).toBe('0.00');
    expect((await this.registries.server.mpp.trialBalance()).balanced).toBe(true);
    await this.expectOwnRegistryIsKaspis();
  }

  /** Our own registry of the day has the rows that Kaspi lists as confirmed, and no others. */
  private async expectOwnRegistryIsKaspis(): Promise<void> {
    const { mpp, publicUrl } = this.registries.server;
    const authorization = `Bearer ${await mpp.teamToken('accounting')}`;
    const response = await fetch(`${publicUrl}/ops/v1/reports/daily?date=${this.date}`, { headers: { authorization } });
    const [sheet] = (await readXlsx(Buffer.from(await response.arrayBuffer()))).sheets;
    const own = (sheet?.rows ?? [])
      .slice(2)
      .map((cells) => [cells[2] ?? null, cells[6], cells[8] ?? null, cells[9], cells[10]]);
    const kaspis = this.rows
      .filter(({ confirmed }) => confirmed !== 'НЕТ')
      .map(({ kaspiOperationId, type = 'Покупка', customerId, amount, fee }) => [
        ...[kaspiOperationId ?? null, type, customerId ?? null],
        ...[Number(type === 'Возврат' ? -amount : amount) / 100, Number(fee ?? 0n) / 100],
      ]);
    const inOrder = (rows: unknown[][]) => rows.map((row) => JSON.stringify(row)).sort();
    expect(inOrder(own)).toEqual(inOrder(kaspis));
  }
}
