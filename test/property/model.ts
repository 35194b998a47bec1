import { isFinal, type PaymentStatus } from '../../libs/qr-payments/domain/transitions.js';
import {
  type ConfirmBody,
  type CoreKind,
  change,
  type Expected,
  type Form,
  isDebited,
  isGivenBack,
  isOpen,
  isPaid,
  isWaiting,
  type ModelAccount,
  type ModelPayment,
  type ModelRefund,
  problem,
  type QrType,
  type RefundOrder,
  type Resolution,
  type ScannedPurchase,
  shown,
  tiyn,
} from './model-types.js';

const MINUTE = 60_000;
export const MARGIN_MS = 2000;
export const TTL_MS = 15 * MINUTE;

const FIRST: Readonly<Record<QrType, PaymentStatus>> = {
  Dynamic: 'AWAITING_CONFIRMATION',
  Static: 'AWAITING_AMOUNT',
  Custom: 'AWAITING_CHECKOUT',
};

/**
 * The model of one run: the deposits of two customers, and the states that their payments and refunds must have by the rules
 * R1 to R42. It is updated from the requests to the servers, from the answers of the PS and of the bank's core and from the
 * decisions of operators; the servers' answers are compared with it.
 */
export class Model {
  payments: ModelPayment[] = [];
  refunds: ModelRefund[] = [];
  /** The accounts of both customers, in the order in which they are debited. */
  readonly accounts: ModelAccount[] = [];

  constructor(readonly core: CoreKind) {}

  /** For trying what follows from an order of actions. */
  copy(): Model {
    const copy = new Model(this.core);
    copy.become(structuredClone({ payments: this.payments, refunds: this.refunds }));
    copy.accounts.push(...this.accounts);
    return copy;
  }

  become({ payments, refunds }: Pick<Model, 'payments' | 'refunds'>): void {
    this.payments = payments;
    this.refunds = refunds;
  }

  get(id: string): ModelPayment {
    const payment = this.payments.find((one) => one.id === id);
    if (payment === undefined) throw new Error(`the model has no payment ${id}`);
    return payment;
  }

  accountsOf(customer: number): ModelAccount[] {
    return this.accounts.filter((account) => account.customer === customer);
  }

  /** The expected balance in our journal. */
  balance({ id, deposited }: ModelAccount): bigint {
    const debited = this.payments.filter(isDebited);
    const out = debited.filter(({ account }) => account === id);
    const back = debited.filter(({ returnedTo }) => returnedTo === id);
    const refunded = this.refunds.filter(({ creditedTo }) => creditedTo === id);
    return deposited - sum(out) + sum(back) + sum(refunded);
  }

  ofPurchase(purchase: string, customer: number): ModelPayment | undefined {
    return this.payments.find((p) => p.purchase === purchase && p.customer === customer);
  }

  /** R33: one payment per customer and purchase. Until the customer acts, a repeated scan updates amount and deadline. */
  scanned(customer: number, scan: ScannedPurchase, id: string, now: number): Expected {
    const { type, purchase, amount, until } = scan;
    const times = { lastMoment: until === null ? now + TTL_MS : until - MARGIN_MS, deadline: until ?? now + TTL_MS };
    const existing = this.ofPurchase(purchase, customer);
    if (existing !== undefined) {
      if (existing.status === FIRST[existing.type]) change(existing, { ...times, amount });
      return shown(existing);
    }
    const status = FIRST[type];
    this.payments.push({
      ...{ id, number: this.payments.length + 1, customer, purchase, type, status, amount, ...times, form: null },
      ...{ account: null, debit: null, notified: null, delivered: false, debitedAt: null, settledBy: null },
      ...{ contradiction: null, hasReceipt: false, refusal: null, refunded: 0n, ended: 0 },
      ...{ suspended: false, returnedTo: null, refusals: [] },
    });
    return { http: 201, status, amount };
  }

  /** The expected answer to a checkout without a call to the PS; null if the PS is called. Frozen values may be left out. */
  checkout(id: string, given: Form, now: number): Expected | null {
    const payment = this.get(id);
    if (payment.type !== 'Custom') return problem(409, 'STATE_CONFLICT');
    const form = { ...payment.form, ...given };
    if (form.number === undefined || form.zone === undefined) return problem(422, 'FORM_INVALID');
    if (payment.form !== null && (form.number !== payment.form.number || form.zone !== payment.form.zone)) {
      return problem(409, 'FORM_FROZEN');
    }
    if (payment.form !== null && payment.amount !== null) return shown(payment);
    if (payment.status !== 'AWAITING_CHECKOUT' || now > payment.lastMoment) return problem(409, 'STATE_CONFLICT');
    payment.form = form;
    return null;
  }

  priced(id: string, amount: bigint, until: number): Expected {
    if (amount % 100n !== 0n) return problem(422, 'AMOUNT_NOT_WHOLE');
    const times = { lastMoment: until - MARGIN_MS, deadline: until };
    return shown(change(this.get(id), { status: 'AWAITING_CONFIRMATION', amount, ...times }));
  }

  /** `accountsUnknown`: the core did not answer which accounts the customer has. */
  confirm(id: string, body: ConfirmBody, now: number, accountsUnknown: boolean): Expected {
    const payment = this.get(id);
    if (!isWaiting(payment)) return { ...shown(payment), http: isFinal(payment.status) ? 200 : 202 };
    const entered = body.amount === undefined ? null : tiyn(body.amount);
    if ((payment.type === 'Static') !== (entered !== null)) return problem(422, 'AMOUNT_INVALID');
    if (entered !== null && entered % 100n !== 0n) return problem(422, 'AMOUNT_NOT_WHOLE');
    if (now > payment.lastMoment) return shown(change(payment, { status: 'EXPIRED' }));
    const amount = entered ?? payment.amount;
    if (amount === null) return problem(409, 'CHECKOUT_REQUIRED');
    const purchase = this.purchaseState(payment);
    if (purchase !== 'open') return problem(409, purchase === 'paid' ? 'ALREADY_PAID' : 'PURCHASE_CLOSED');
    if (body.expectedAmount !== undefined && tiyn(body.expectedAmount) !== amount)
      return problem(409, 'AMOUNT_CHANGED');
    if (accountsUnknown) return problem(503, 'CORE_UNAVAILABLE');
    const account = this.accountsOf(payment.customer).find(({ status }) => status === 'OPEN');
    if (account === undefined) return problem(422, 'ACCOUNT_UNUSABLE');
    return this.debit(payment, account, amount, now);
  }

  private debit(payment: ModelPayment, account: ModelAccount, amount: bigint, now: number): Expected {
    if (this.core !== 'own ledger') {
      change(payment, { status: 'DEBITING', amount, account: account.id, debit: 'REQUESTED' });
    } else if (amount > this.balance(account)) {
      return shown(change(payment, { status: 'DECLINED', amount, notified: 'PROCESS_FAIL' }));
    } else {
      change(payment, { status: 'PROCESSING', amount, account: account.id, notified: 'SUCCESS', debitedAt: now });
    }
    return { ...shown(payment), http: 202 };
  }

  /** R14: possible until the debit; an expired payment stays expired. The PS is notified once. */
  cancel(id: string): Expected {
    const payment = this.get(id);
    if (!isWaiting(payment) && payment.status !== 'EXPIRED' && payment.status !== 'CANCELLED') {
      return problem(409, 'STATE_CONFLICT');
    }
    if (payment.status !== 'CANCELLED' && this.purchaseState(payment) === 'open')
      payment.notified ??= 'CANCELLED_BY_CLIENT';
    if (payment.status !== 'EXPIRED') payment.status = 'CANCELLED';
    return shown(payment);
  }

  /** R33, R38: a purchase has one result; no other payment of the purchase sends one. */
  purchaseState(payment: ModelPayment): 'open' | 'paid' | 'closed' {
    const other = this.othersOf(payment).find(({ notified, debit }) => notified !== null || debit === 'REQUESTED');
    if (other === undefined) return 'open';
    return isPaid(other) && !isGivenBack(other) ? 'paid' : 'closed';
  }

  othersOf({ id, purchase }: ModelPayment): ModelPayment[] {
    return this.payments.filter((other) => other.id !== id && other.purchase === purchase);
  }

  expireDue(now: number): void {
    for (const payment of this.payments) {
      if (isWaiting(payment) && now > payment.lastMoment) payment.status = 'EXPIRED';
    }
  }

  resolve(id: string, outcome: Resolution): Expected {
    const payment = this.get(id);
    // The run always names the same reason.
    const isRepeated =
      payment.settledBy === 'OPERATOR' && (payment.status === 'CONFIRMED') === (outcome === 'CONFIRMED');
    if (isRepeated) return shown(payment);
    if (payment.status !== 'IN_DOUBT') return problem(409, 'STATE_CONFLICT');
    const isBack = outcome === 'REVERSED';
    if (isBack) this.giveBack(payment, { settledBy: 'OPERATOR', delivered: true });
    else change(payment, { status: outcome, settledBy: 'OPERATOR' });
    return shown(payment);
  }

  /** R41: the own ledger gives the debit back at once, or has it in suspense; at a bank's core a reversal has to be requested. */
  giveBack(payment: ModelPayment, what: Partial<ModelPayment>): void {
    const account = this.receiverOf(payment.customer, payment.account);
    if (this.core !== 'own ledger') change(payment, { status: 'REVERSING', ...what });
    else if (account === null) change(payment, { status: 'REVERSING', suspended: true, ...what });
    else change(payment, { status: 'REVERSED', returnedTo: account, ...what });
  }

  /** The account that the own ledger credits: the debited one, else the other open one; null without an open account. */
  receiverOf(customer: number, debited: string | null): string | null {
    const open = this.accountsOf(customer).filter(({ status }) => status === 'OPEN');
    return (open.find(({ id }) => id === debited) ?? open[0])?.id ?? null;
  }

  /** An operator repeats a notify. Refused if the payment was reversed after SUCCESS, or if nothing can be learnt from it. */
  notifyAgain(id: string): Expected {
    const payment = this.get(id);
    const isOver = !isOpen(payment) && (payment.status !== 'CONFIRMED' || payment.hasReceipt);
    const nothingToSay = payment.notified === 'SUCCESS' && (isOver || payment.contradiction !== null);
    if (nothingToSay) return problem(409, 'STATE_CONFLICT');
    payment.delivered = false;
    return { http: 200 };
  }

  /** R17 to R19. */
  refund(order: RefundOrder): 'SUCCESS' | 'PARAM_ILLEGAL' {
    const { refundId, purchase, customer, amount } = order;
    const existing = this.refunds.find((one) => one.refundId === refundId);
    if (existing !== undefined) {
      const isSame = existing.purchase === purchase && existing.customer === customer && existing.amount === amount;
      return isSame && existing.status !== 'REFUSED' ? 'SUCCESS' : 'PARAM_ILLEGAL';
    }
    const payment = this.ofPurchase(purchase, customer) ?? null;
    const isFine =
      payment !== null && payment.debitedAt !== null && payment.refunded + amount <= (payment.amount ?? 0n);
    const againstReversal = isFine && isGivenBack(payment);
    this.refunds.push({
      ...{ ...order, number: this.refunds.length + 1, payment: isFine ? payment.id : null, againstReversal },
      status: !isFine ? 'REFUSED' : againstReversal ? 'CREDITED' : 'ACCEPTED',
      ...{ creditedTo: null, refusals: [] },
    });
    if (!isFine) return 'PARAM_ILLEGAL';
    payment.refunded += amount;
    if (isOpen(payment)) change(payment, { status: 'CONFIRMED', settledBy: 'REFUND' });
    if (againstReversal) payment.contradiction ??= 'OWED';
    return 'SUCCESS';
  }
}

function sum(items: readonly { readonly amount: bigint | null }[]): bigint {
  return items.reduce((total, { amount }) => total + (amount ?? 0n), 0n);
}
