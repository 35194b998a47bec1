import type { CustomerId, PaymentId } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import type { Tx } from '@mpp/platform';
import type { Payment } from '@mpp/qr-payments';
import { OperatorRefunds } from '@mpp/refunds';
import { Injectable } from '@nestjs/common';
import type { Adjustment } from '../domain/adjustment.js';
import { atMost } from '../domain/difference.js';
import { isSameCustomer } from '../domain/same-customer.js';
import {
  type BookedRefund,
  findAdjustment,
  type MatchedRow,
  readAdjustedAmount,
  readGivenForRows,
  readRefund,
  readRefunded,
} from '../persistence/differences.js';

/** What customers have paid and got for an operation, by the journal, in tiyn. */
@Injectable()
export class CustomersMoney {
  constructor(
    private readonly ledger: Ledger,
    private readonly refunds: OperatorRefunds,
  ) {}

  /** Whether the payment's customer, or an operator in their name, paid for the purchase. */
  async wasDebited(tx: Tx, { id, customerId, debitedAt }: Payment): Promise<boolean> {
    return debitedAt !== null || (await this.ledger.readPosition(tx, id, customerId)).held > 0n;
  }

  /** What anybody has paid for the purchase and not got back. */
  async readPaid(tx: Tx, id: string): Promise<bigint> {
    return (await this.readLeft(tx, id, null)) - (await readGivenForRows(tx, id));
  }

  /** The settlement of a CUSTOMER_MISMATCH debited the row's customer for the purchase, who has not got this amount back. */
  async isTakenFromAnother(tx: Tx, { id, customerId }: Payment, row: MatchedRow): Promise<boolean> {
    const customer = (await findAdjustment(tx, id))?.customerId ?? null;
    if (customer === null || row.customerId === null) return false;
    if (!isSameCustomer(customer, row.customerId) || isSameCustomer(customer, customerId)) return false;
    const left = (await this.readLeft(tx, id, null)) - (await this.readLeft(tx, id, customerId));
    return left >= (row.amount ?? 0n);
  }

  /** By the journal, for this customer or, with null, for all: what they paid for a purchase and did not get back, or got as a refund. */
  async readHas(
    tx: Tx,
    { id, type }: Pick<Adjustment, 'id' | 'type'>,
    refund: BookedRefund | null,
    customer: string | null,
  ): Promise<bigint> {
    if (type === 'PURCHASE') return this.readLeft(tx, id, customer);
    const { held } = await this.ledger.readPosition(tx, id, customer as CustomerId | null);
    const isTheirs = refund !== null && (customer === null || isSameCustomer(refund.customerId, customer));
    return (isTheirs ? refund.credited : 0n) - held;
  }

  /** Of a purchase. Null: of all customers. */
  private async readLeft(tx: Tx, id: string, customer: string | null): Promise<bigint> {
    const { held } = await this.ledger.readPosition(tx, id, customer as CustomerId | null);
    return held - (await this.refunds.readPaidOut(tx, id as PaymentId, customer as CustomerId | null));
  }

  /** What the customer is still to be given for an operation that was settled; 0 or less if nothing. */
  async readDue(tx: Tx, id: string, customer: CustomerId): Promise<bigint> {
    const operation = await findAdjustment(tx, id);
    if (operation === null) throw new Error(`the operation ${id} was not settled`);
    const booked = await readAdjustedAmount(tx, id);
    if (operation.type === 'PURCHASE') {
      const isTheirs = operation.customerId === null || isSameCustomer(operation.customerId, customer);
      const owes = isTheirs ? booked - (await readRefunded(tx, id)) : 0n;
      return (await this.readLeft(tx, id, customer)) - (owes > 0n ? owes : 0n);
    }
    const refund = await readRefund(tx, id);
    const due = booked - (await this.readHas(tx, operation, refund, customer));
    // The money of a refund that another customer got by mistake is not that of the purchase.
    const isOthers = refund !== null && !isSameCustomer(refund.customerId, customer);
    return operation.paymentId === null || isOthers ? due : atMost(due, await this.readPaid(tx, operation.paymentId));
  }
}
