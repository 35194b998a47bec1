import { AuditTrail } from '@mpp/access';
import { CoreBanking } from '@mpp/core-banking';
import {
  Clock,
  type CustomerId,
  DomainError,
  type LocalisedText,
  type Money,
  type PaymentId,
  type RefundId,
} from '@mpp/kernel';
import { Database, derivedId, type Tx, violatedConstraint } from '@mpp/platform';
import type { Payment, RefundRefusal } from '@mpp/qr-payments';
import { Recovery } from '@mpp/recovery';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { SUCCESS } from '../domain/answer.js';
import {
  DecidedElsewhere,
  RefundDecisionsRepository,
  takenUpRefundId,
} from '../persistence/refund-decisions.repository.js';
import { RefundsRepository } from '../persistence/refunds.repository.js';
import { type Acceptance, RefundAcceptance } from './acceptance.js';

/** What operators do about refunds that the intake refused, or that the PS never sent. Source: R40. */
@Injectable()
export class OperatorRefunds {
  private readonly log = new Logger('Refunds');

  constructor(
    private readonly database: Database,
    private readonly acceptance: RefundAcceptance,
    private readonly decisions: RefundDecisionsRepository,
    private readonly refunds: RefundsRepository,
    private readonly audit: AuditTrail,
    private readonly core: CoreBanking,
    private readonly recovery: Recovery,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes up a refund of the payment that only a registry lists, as if the PS had sent it: credited within the hour. It has a
   * refundId of ours until the PS sends its own, which is then answered with SUCCESS and credits nothing more. Returns the refusal
   * if the intake would refuse it. The payment is locked. `operation` is Kaspi's id of the refund. STATE_CONFLICT at a bank's core for a
   * payment that came with a restored database.
   */
  async takeUpRefund(
    tx: Tx,
    payment: Payment,
    amount: Money,
    operation: string | null,
  ): Promise<Acceptance | RefundRefusal> {
    const { kaspiPaymentId, customerId } = payment;
    // The PS may have sent this refund, under an id that is forgotten, and the core credited it (R39).
    if (this.core.external !== null && this.recovery.wasRestored(payment)) {
      throw new DomainError('STATE_CONFLICT', { detail: MAY_BE_CREDITED });
    }
    // Derived, so that the bank's core recognises the credit if the database is restored and it is taken up again (R39).
    const id = operation === null ? uuidv7() : derivedId('refund', 'registry', operation);
    const order = { refundId: takenUpRefundId(id), customerId, kaspiPaymentId, amount };
    const accepted = this.acceptance.acceptRefund(tx, id, { ...order, linkReceipt: null, pdfReceipt: null }, (refund) =>
      this.decisions.saveTakenUp(tx, refund, operation, SUCCESS),
    );
    // Kaspi's operation was taken up before.
    return accepted.catch((error: unknown) => {
      const isTakenUp = error instanceof DecidedElsewhere || violatedConstraint(error) === 'refunds_not_taken_up';
      throw isTakenUp ? new DomainError('STATE_CONFLICT') : error;
    });
  }

  /** What refunds of the payment gave or promised to the customer, in tiyn; null: to any customer. */
  async readPaidOut(tx: Tx, payment: PaymentId, customer: CustomerId | null): Promise<bigint> {
    return (await this.decisions.readSums(tx, payment, customer)).paidOut;
  }

  /**
   * Lets a refused refund be decided again when the PS repeats the request with the same content; nothing is paid before that.
   * The same call again changes nothing. Throws NOT_FOUND; STATE_CONFLICT if the refund was accepted.
   */
  async allowRecheck(refundId: RefundId, reason: string, operator: string): Promise<void> {
    const record = await this.refunds.findRecord(refundId);
    if (record === null) throw new DomainError('NOT_FOUND');
    const at = this.clock.now();
    await this.database.transaction(async (tx) => {
      if (!(await this.decisions.allowRecheck(tx, refundId, at))) throw new DomainError('STATE_CONFLICT');
      if (record.recheckAt !== null) return;
      await this.audit.recordAction(tx, {
        ...{ at, actor: operator, action: 'REFUND_RECHECK_ALLOWED', subject: refundId },
        ...{ customerId: record.customerId, reason, details: { refusal: record.refusal } },
      });
      tx.afterCommit(() => this.log.warn(`refund ${refundId} is decided again when the PS repeats it`));
    });
  }
}

const MAY_BE_CREDITED: LocalisedText = {
  ru: 'База была восстановлена: ядро банка могло уже зачислить этот возврат. Проверьте в ядре и проведите разницу.',
  kk: 'Дерекқор қалпына келтірілген: банк ядросы бұл қайтарымды есепке алған болуы мүмкін. Ядродан тексеріп, айырманы өткізіңіз.',
};
