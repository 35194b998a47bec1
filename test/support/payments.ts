import { randomUUID } from 'node:crypto';
import {
  type AccountId,
  addMilliseconds,
  type CustomerId,
  type KaspiPaymentId,
  Money,
  type PaymentId,
} from '@mpp/kernel';
import { connectionOptions, Database, type DatabasePool } from '@mpp/platform';
import { DataSource } from 'typeorm';
import { SnakeCaseNaming } from '../../libs/platform/database/naming.js';
import { failed } from '../../libs/qr-payments/domain/failure.js';
import type { PayableQrType, Payment } from '../../libs/qr-payments/domain/payment.js';
import { newPayment } from '../../libs/qr-payments/domain/scan.js';
import type { ServiceForm } from '../../libs/qr-payments/domain/service-form.js';
import { isWaiting, type PaymentStatus } from '../../libs/qr-payments/domain/transitions.js';
import { PaymentEntity } from '../../libs/qr-payments/persistence/payment.entity.js';
import { StatusChangeEntity } from '../../libs/qr-payments/persistence/status-change.entity.js';
import type { TestDatabase } from './database.js';

export const SCANNED_AT = new Date('2026-03-10T06:00:00Z');
/** The PS's deadline in {@link scanned}. */
export const DEADLINE = new Date('2026-03-10T06:05:00Z');
/** A minute after {@link SCANNED_AT} and {@link DEADLINE}. */
export const LATER = addMilliseconds(SCANNED_AT, 60_000);
export const LATER_DEADLINE = addMilliseconds(DEADLINE, 60_000);
export const DEBITED_AT = new Date('2026-03-10T06:01:00Z');
export const RULES = { marginMs: 2000, ttlMs: 900_000 };
export const ALIA = '900900000001' as CustomerId;
export const ACCOUNT = '019a0000-0000-7000-8000-000000000002' as AccountId;
export const MERCHANT = { id: '123456789', name: 'Coffee Bar', mcc: '5812' };
export const PRICE = Money.parse('100.00');

export const PARKING: ServiceForm = {
  id: 2862,
  name: 'Парковка',
  parameters: [
    { id: 3932, name: 'Госномер', value: null, options: [] },
    { id: 3933, name: 'Зона', value: null, options: [{ key: 'A1', label: 'Центр', description: null }] },
    { id: 3934, name: 'Город', value: 'Алматы', options: [] },
  ],
};

/** Alia's payment after a scan; a Dynamic one has the amount 100.00. */
export function scanned(qrCodeType: PayableQrType = 'Dynamic', changes: Partial<Payment> = {}): Payment {
  const purchase = {
    qrCodeType,
    kaspiPaymentId: 'ps-1' as KaspiPaymentId,
    amount: qrCodeType === 'Dynamic' ? PRICE : null,
    confirmUntil: DEADLINE,
    merchant: MERCHANT,
    service: qrCodeType === 'Custom' ? PARKING : null,
  };
  const id = '019a0000-0000-7000-8000-000000000001' as PaymentId;
  return { ...newPayment(id, ALIA, purchase, RULES, SCANNED_AT), ...changes };
}

const FIRST: Readonly<Partial<Record<PaymentStatus, PayableQrType>>> = {
  AWAITING_AMOUNT: 'Static',
  AWAITING_CHECKOUT: 'Custom',
};
const DEBITED: readonly PaymentStatus[] = ['PROCESSING', 'IN_DOUBT', 'REVERSING', 'CONFIRMED', 'REVERSED'];
/** Only with an external core. */
const REQUESTED: readonly PaymentStatus[] = ['DEBITING', 'REVERSING'];
const PRICED: readonly PaymentStatus[] = [...DEBITED, 'AWAITING_CONFIRMATION', 'DEBITING', 'DECLINED'];

/** The values of a filled-in service form. */
export const FILLED_IN = [
  { id: 3932, value: '547RBA02' },
  { id: 3933, value: 'A1' },
  { id: 3934, value: 'Алматы' },
];

/** A valid payment in this status, with the debit, notify and settlement that the status implies. */
export function paymentThatIs(status: PaymentStatus, changes: Partial<Payment> = {}): Payment {
  const fresh = scanned(changes.qrCodeType ?? FIRST[status]);
  const amount = PRICED.includes(status) ? PRICE : fresh.amount;
  const formValues = fresh.service !== null && amount !== null ? FILLED_IN : null;
  const payment = { ...fresh, amount, formValues };
  if (isWaiting(status)) return { ...payment, status, ...changes };
  const ended = { ...payment, status, version: 1, expiresAt: null, updatedAt: DEBITED_AT };
  const debit = { accountId: ACCOUNT, debitedAt: DEBITED_AT, notifyResult: 'SUCCESS' as const };
  const settled = { settledBy: 'KASPI' as const, version: 2 };
  return {
    ...ended,
    ...(DEBITED.includes(status) && debit),
    ...(REQUESTED.includes(status) && { accountId: ACCOUNT, debitRequestedAt: DEBITED_AT }),
    ...(status === 'IN_DOUBT' && { doubtedAt: addMilliseconds(DEBITED_AT, 900_000), version: 2 }),
    ...(status === 'CONFIRMED' && { ...settled, confirmedAt: DEBITED_AT }),
    ...((status === 'REVERSED' || status === 'REVERSING') && {
      ...settled,
      failure: failed('KASPI_REFUSED', 'RISK_REJECT'),
    }),
    ...(status === 'DECLINED' && { failure: failed('INSUFFICIENT_FUNDS'), notifyResult: 'PROCESS_FAIL' as const }),
    ...(status === 'CANCELLED' && { notifyResult: 'CANCELLED_BY_CLIENT' as const }),
    ...(status === 'EXPIRED' && { failure: failed('CONFIRMED_TOO_LATE') }),
    ...changes,
  };
}

/** A copy with an id and a purchase of its own, so that many can be stored. */
export function another(payment: Payment, changes: Partial<Payment> = {}): Payment {
  const kaspiPaymentId = `ps-${randomUUID()}` as KaspiPaymentId;
  return { ...payment, id: randomUUID() as PaymentId, kaspiPaymentId, ...changes };
}

/** The same purchase scanned a minute later, with other values of the PS. */
export function scannedAgain(first: Payment, changes: Partial<Payment> = {}): Payment {
  const { id, customerId, ...purchase } = another(first, { kaspiPaymentId: first.kaspiPaymentId, ...changes });
  // The PS names an amount for Dynamic only.
  const amount = purchase.qrCodeType === 'Dynamic' ? purchase.amount : null;
  return newPayment(id, customerId, { ...purchase, amount, confirmUntil: LATER_DEADLINE }, RULES, LATER);
}

export type Columns = Record<string, unknown>;

/** The columns of a payment for an insert. */
export function rowOf(payment: Payment): Columns {
  return {
    id: payment.id,
    kaspi_payment_id: payment.kaspiPaymentId,
    customer_id: payment.customerId,
    qr_code_type: payment.qrCodeType,
    status: payment.status,
    version: payment.version,
    amount: payment.amount?.tiyn.toString() ?? null,
    seen_amount: payment.seenAmount?.tiyn.toString() ?? null,
    refunded_amount: payment.refundedAmount.tiyn.toString(),
    account_id: payment.accountId,
    confirm_until: payment.confirmUntil,
    answered_at: payment.answeredAt,
    expires_at: payment.expiresAt,
    merchant_id: payment.merchant?.id ?? null,
    merchant_name: payment.merchant?.name ?? null,
    merchant_mcc: payment.merchant?.mcc ?? null,
    service: payment.service && JSON.stringify(payment.service),
    form_values: payment.formValues && JSON.stringify(payment.formValues),
    failure_code: payment.failure?.code ?? null,
    kaspi_result_code: payment.failure?.kaspiResultCode ?? null,
    notify_result: payment.notifyResult,
    debit_requested_at: payment.debitRequestedAt,
    debited_at: payment.debitedAt,
    doubted_at: payment.doubtedAt,
    confirmed_at: payment.confirmedAt,
    settled_by: payment.settledBy,
    contradicted_by: payment.contradiction?.resultCode ?? null,
    contradicted_at: payment.contradiction?.at ?? null,
    created_at: payment.createdAt,
    updated_at: payment.updatedAt,
  };
}

export async function insertRow({ query }: Pick<TestDatabase, 'query'>, columns: Columns): Promise<void> {
  const names = Object.keys(columns);
  const places = names.map((_, index) => `$${index + 1}`);
  await query(`insert into qr_payments (${names.join(', ')}) values (${places.join(', ')})`, Object.values(columns));
}

/** The server's access to a test database, entities of payments included; closed when the database is dropped. */
export async function databaseOf(test: TestDatabase): Promise<Database> {
  return poolOf(Database, test);
}

export async function poolOf<Pool extends DatabasePool>(
  kind: new (source: DataSource) => Pool,
  test: TestDatabase,
): Promise<Pool> {
  const source = new DataSource({
    ...connectionOptions(test.ownerUrl, { poolSize: 2, timeoutMs: null }),
    namingStrategy: new SnakeCaseNaming(),
    entities: [PaymentEntity, StatusChangeEntity],
  });
  await source.initialize();
  const { drop } = test;
  test.drop = async () => {
    await source.destroy();
    await drop();
  };
  return new kind(source);
}

/** What the journal usually says of a payment, by its status and what contradicts it. */
export function usualJournal({ status, amount, debitedAt, refundedAmount, contradiction, settledBy }: Payment) {
  const paid = debitedAt === null ? 0n : (amount?.tiyn ?? 0n);
  const refunded = refundedAmount.tiyn;
  if (status === 'REVERSED' || status === 'REVERSING')
    return { owed: contradiction === null ? 0n : paid, refunded, left: 0n };
  const refused = contradiction !== null && settledBy !== 'KASPI';
  return { owed: status === 'CONFIRMED' && !refused ? paid : 0n, refunded, left: paid - refunded };
}

/** The first attempt of a notify, besides its result code. */
export const FIRST_ATTEMPT = {
  afterUnknownAttempt: false,
  hasReceipt: false,
  receiptRequired: false,
  leaseLost: false,
  attempts: 1,
};
