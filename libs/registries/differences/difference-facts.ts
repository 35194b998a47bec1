import { Money, type PaymentId } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import type { Tx } from '@mpp/platform';
import { CONTRADICTED_BY_REFUND, isFinal, type Payment, Resolutions } from '@mpp/qr-payments';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Adjustment } from '../domain/adjustment.js';
import { throwConflict } from '../domain/conflict.js';
import type { Difference } from '../domain/difference.js';
import type { Discrepancy, SettleAction } from '../domain/discrepancy.js';
import type { RegistryKind } from '../domain/registry-row.js';
import { Reconciliation } from '../matching/reconciliation.service.js';
import {
  type BookedRefund,
  countCopies,
  countListedCopies,
  findAdjustment,
  findAgain,
  lockOperation,
  type MatchedRow,
  readAdjustedAmount,
  readKind,
  readRefund,
  readRefunded,
  readRow,
} from '../persistence/differences.js';
import { rematchRows } from '../persistence/row-matching.js';
import { CoreMoves } from './core-moves.service.js';
import { CustomersMoney } from './customers-money.js';

/** A discrepancy with everything that its settlement depends on; payment and operation are locked. */
export interface DifferenceFacts {
  readonly difference: Difference;
  /** Null for a contradiction of the PS, and for an operation that no row lists. */
  readonly row: MatchedRow | null;
  readonly payment: Payment | null;
  readonly refund: BookedRefund | null;
  /** The operation as the books have it now. */
  readonly operation: Adjustment;
  readonly registryKind: RegistryKind | null;
}

/** Reads the facts of a discrepancy for its settlement, and keeps them as they are until the transaction ends. */
@Injectable()
export class DifferenceReader {
  constructor(
    private readonly resolutions: Resolutions,
    private readonly reconciliation: Reconciliation,
    private readonly ledger: Ledger,
    private readonly money: CustomersMoney,
    private readonly moves: CoreMoves,
  ) {}

  /** Throws STATE_CONFLICT if the discrepancy does not exist any more. Its subject is locked. */
  async readFacts(tx: Tx, discrepancy: Discrepancy, { row, payment }: Subject, at: Date): Promise<DifferenceFacts> {
    const { registryId, kind } = discrepancy;
    const lists = kind !== 'TOTAL_MISMATCH' && registryId !== null;
    const found = registryId === null ? null : await findAgain(tx, registryId, discrepancy);
    if (lists && found === null) throwConflict(NO_LONGER_DIFFERS);
    const type = (row?.type ?? (discrepancy.refund === null ? 'PURCHASE' : 'REFUND')) as Adjustment['type'];
    const registryKind = registryId === null ? null : await readKind(tx, registryId);
    const copy = kind === 'DUPLICATE_ROW';
    if (copy) await this.requireUnbookedCopy(tx, discrepancy, row, registryKind);
    const refundId = row?.refund ?? discrepancy.refund;
    const refund = type === 'REFUND' && refundId !== null && !copy ? await readRefund(tx, refundId) : null;
    const operation = await this.readOperation(tx, { discrepancy, type, copy, row, payment, refund, at });
    // What the core answers meanwhile is in the journal before the customers' money is read.
    await this.moves.requireAnswered(tx, operation);
    const listedOnly = operation.subject === 'ROW';
    const listed = listedAmount(discrepancy, row, payment);
    const fee = { fee: row?.fee ?? 0n, tariff: kind === 'FEE_MISMATCH' ? tiynOf(found?.expected) : 0n };
    const difference: Difference = {
      ...{ kind, type, contradiction: registryId === null, listedOnly },
      known: !listedOnly || operation.id === matchedOperation(type, row, discrepancy),
      ...{ listed, amount: refund?.amount ?? payment?.amount?.tiyn ?? 0n, booked: operation.amount },
      feeAbove: fee.fee - (fee.fee < 0n ? -fee.tariff : fee.tariff),
      inDoubt: payment?.status === 'IN_DOUBT' && type === 'PURCHASE',
      refunded: type === 'PURCHASE' ? await readRefunded(tx, operation.id) : 0n,
      customerHas: await this.money.readHas(tx, operation, refund, operation.customerId),
      namedHas: row?.customerId ? await this.money.readHas(tx, operation, refund, row.customerId) : 0n,
      paid:
        type === 'REFUND' && operation.paymentId !== null ? await this.money.readPaid(tx, operation.paymentId) : null,
    };
    return { difference, row, payment, refund, operation, registryKind };
  }

  /**
   * Locks the payment, then the operation, and matches the row again: an operation that was taken up or received meanwhile is
   * seen, and one that comes at the same time waits.
   */
  async lockSubject(tx: Tx, { registryId, row: number, paymentId, refund }: Discrepancy): Promise<Subject> {
    const hasRow = registryId !== null && number !== null;
    if (hasRow) await rematchRows(tx, registryId, [number]);
    let row = hasRow ? await readRow(tx, registryId, number).catch(() => null) : null;
    const payment = await this.lockPayment(tx, row?.paymentId ?? paymentId);
    const nameless = row === null ? `${registryId}/${number}` : `${row.type} ${row.at?.toISOString()} ${row.amount}`;
    await lockOperation(tx, row?.kaspiOperationId ?? row?.refund ?? refund ?? payment?.id ?? nameless);
    if (row !== null && registryId !== null) {
      await rematchRows(tx, registryId, [row.row]);
      if (row.type === 'REFUND') await this.reconciliation.pairRefunds(tx, registryId, [row.row]);
      row = await readRow(tx, registryId, row.row);
    }
    return { row, payment: payment ?? (await this.lockPayment(tx, row?.paymentId ?? null)) };
  }

  private async lockPayment(tx: Tx, id: string | null): Promise<Payment | null> {
    return id === null ? null : this.resolutions.lockPayment(tx, id as PaymentId);
  }

  /** The operation as it is adjusted already, else as the books have it, else as the registry has it. */
  private async readOperation(
    tx: Tx,
    { discrepancy, type, copy, row, payment, refund, at }: OperationParts,
  ): Promise<Adjustment> {
    const known = matchedOperation(type, row, discrepancy);
    const before = known === null || copy ? null : await findAdjustment(tx, known);
    if (before !== null) return { ...before, amount: await readAdjustedAmount(tx, before.id) };
    const common = { type, copyOf: null, paymentFee: null, serviceFee: null, adjustedAt: at };
    if (refund !== null && known !== null) {
      return {
        ...{ ...common, id: known, subject: 'REFUND', paymentId: refund.paymentId, mppPaymentId: refund.paymentId },
        ...{ kaspiOperationId: refund.kaspiOperationId ?? row?.kaspiOperationId ?? null, at: row?.at ?? refund.at },
        ...{ customerId: refund.customerId, amount: refund.booked, mcc: payment?.merchant?.mcc ?? row?.mcc ?? null },
      };
    }
    if (payment !== null && type === 'PURCHASE' && !copy) {
      const { owed } = await this.ledger.readPosition(tx, payment.id, payment.customerId);
      return {
        ...{ ...common, id: payment.id, subject: 'PAYMENT', paymentId: payment.id, mppPaymentId: payment.id },
        kaspiOperationId: row?.kaspiOperationId ?? discrepancy.kaspiOperationId,
        at: row?.at ?? payment.debitedAt ?? payment.contradiction?.at ?? at,
        ...{ customerId: payment.customerId, amount: owed, mcc: payment.merchant?.mcc ?? row?.mcc ?? null },
      };
    }
    return {
      ...{ ...common, id: uuidv7(), subject: 'ROW', copyOf: copy ? (row?.refund ?? row?.paymentId ?? null) : null },
      ...{ paymentId: type === 'REFUND' ? (payment?.id ?? null) : null, mppPaymentId: row?.mppPaymentId ?? null },
      ...{ kaspiOperationId: row?.kaspiOperationId ?? null, at: row?.at ?? at },
      ...{ customerId: row?.customerId ?? null, amount: 0n, mcc: payment?.merchant?.mcc ?? row?.mcc ?? null },
    };
  }

  /** A file that is sent again lists the operation twice again: it is booked for the first one. Only daily ones are settled. */
  private async requireUnbookedCopy(
    tx: Tx,
    { registryId }: Discrepancy,
    row: MatchedRow | null,
    kind: RegistryKind | null,
  ): Promise<void> {
    const copyOf = row?.refund ?? row?.paymentId ?? null;
    if (kind === 'MONTHLY') throwConflict(ONLY_DAILY);
    if (registryId === null || copyOf === null) return;
    const listed = await countListedCopies(tx, registryId, copyOf);
    if ((await countCopies(tx, copyOf)) >= listed) throwConflict(BOOKED_ALREADY);
  }
}

/** What a discrepancy is about; nobody else settles it until the transaction ends. */
export type Subject = Pick<DifferenceFacts, 'row' | 'payment'>;

interface OperationParts extends Pick<DifferenceFacts, 'row' | 'payment' | 'refund'> {
  readonly discrepancy: Discrepancy;
  readonly type: Adjustment['type'];
  readonly copy: boolean;
  readonly at: Date;
}

/** The payment or refund, or the operation that operators took up. */
function matchedOperation(type: Adjustment['type'], row: MatchedRow | null, { paymentId, refund }: Discrepancy) {
  return type === 'REFUND' ? (row?.refund ?? refund) : (row?.paymentId ?? paymentId);
}

/** What Kaspi has of the operation. */
function listedAmount({ registryId, actual }: Discrepancy, row: MatchedRow | null, payment: Payment | null): bigint {
  if (registryId === null) {
    const hasIt = actual === 'SUCCESS' || actual === CONTRADICTED_BY_REFUND;
    return hasIt ? (payment?.amount?.tiyn ?? 0n) : 0n;
  }
  return row === null || row.confirmed === false ? 0n : (row.amount ?? 0n);
}

/**
 * Throws STATE_CONFLICT for a payment whose end is not known yet: the books of it still change by themselves. A debit that is due back
 * can wait in suspense for long, and a claim beside it moves no customer's money.
 */
export function requireSettled(payment: Payment | null, action: SettleAction, account: string | null): void {
  if (payment === null || isFinal(payment.status)) return;
  const isClaim = account === null && (action === 'TAKE_UP' || action === 'BOOK_DIFFERENCE');
  if (!(payment.status === 'REVERSING' && isClaim)) throwConflict(NOT_SETTLED);
}

function tiynOf(amount: string | null | undefined): bigint {
  if (!amount) return 0n;
  return amount.startsWith('-') ? -Money.parse(amount.slice(1)).tiyn : Money.parse(amount).tiyn;
}

const NO_LONGER_DIFFERS = {
  ru: 'Этого расхождения больше нет: книги и реестр сошлись.',
  kk: 'Бұл айырмашылық енді жоқ: есеп пен тізілім сәйкес.',
};
const BOOKED_ALREADY = {
  ru: 'Эта вторая строка уже проведена по другому реестру: закройте расхождение действием EXPLAIN.',
  kk: 'Бұл екінші жол басқа тізілім бойынша өткізілген: айырмашылықты EXPLAIN әрекетімен жабыңыз.',
};
const ONLY_DAILY = {
  ru: 'Вторая строка месячного реестра не проводится: расчёты идут по ежедневным. Закройте расхождение действием EXPLAIN.',
  kk: 'Айлық тізілімнің екінші жолы өткізілмейді: есеп айырысу күнделікті тізілімдер бойынша. EXPLAIN әрекетімен жабыңыз.',
};
const NOT_SETTLED = {
  ru: 'Платёж ещё не завершён: сначала дождитесь его исхода или решите сомнение.',
  kk: 'Төлем әлі аяқталған жоқ: алдымен оның нәтижесін күтіңіз немесе күмәнді шешіңіз.',
};
