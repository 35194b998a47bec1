import { isFinal, PAYMENT_TRANSITIONS, type PaymentStatus } from '../../libs/qr-payments/domain/transitions.js';
import { REFUSALS } from './refusals.js';

const MINUTE = 60_000;
export const MARGIN_MS = 2000;
export const TTL_MS = 15 * MINUTE;
export const IN_DOUBT_AFTER_MS = 15 * MINUTE;
/** R35: from this attempt on any code ends a notify other than SUCCESS. */
const UNCLEAR_ATTEMPTS = 5;

export type QrType = 'Dynamic' | 'Static' | 'Custom';
export type Told = 'SUCCESS' | 'CANCELLED_BY_CLIENT' | 'PROCESS_FAIL';
export type Resolution = 'CONFIRMED' | 'REVERSED';

/** A payment as these books expect it to be. Amounts are tiyn, moments milliseconds. */
export interface KnownPayment {
  readonly id: string;
  readonly number: number;
  readonly customer: number;
  readonly purchase: string;
  readonly type: QrType;
  status: PaymentStatus;
  amount: bigint | null;
  /** The last moment at which a confirm is taken, while it waits for one. */
  lastMoment: number;
  /** What checkout was first asked with; it never changes again (R37). */
  form: Form | null;
  told: Told | null;
  /** The PS has answered, or an operator has closed it. */
  delivered: boolean;
  debitedAt: number | null;
  settledBy: 'KASPI' | 'OPERATOR' | null;
  /** Which way the difference is booked. */
  contradiction: 'OWED' | 'NOT_OWED' | null;
  hasReceipt: boolean;
  /** The code of the refusal that gave the money back. */
  refusal: string | null;
  /** The latest attempt that has ended. */
  ended: number;
}

/** What an act is to be answered. A payment may be further than this where it moves on at the same moment. */
export interface Expected {
  readonly http: number;
  readonly code?: string;
  readonly status?: PaymentStatus;
  readonly amount?: bigint | null;
  readonly kaspiResultCode?: string;
}

/** The values of a service's two open parameters. */
export interface Form {
  readonly number?: string;
  readonly zone?: string;
}

export interface ConfirmBody {
  readonly amount?: string;
  readonly expectedAmount?: string;
}

/** What the PS said of a scanned QR. */
export interface ScannedPurchase {
  readonly type: QrType;
  readonly purchase: string;
  readonly amount: bigint | null;
  readonly until: number | null;
}

/** How one attempt to notify ended. */
export interface Heard {
  readonly attempt: number;
  /** Null: no clear answer. */
  readonly code: string | null;
  /** An earlier attempt may have reached the PS. */
  readonly mayHaveArrivedBefore: boolean;
  /** It was not made: somebody else has paid the purchase. */
  readonly superseded: boolean;
}

const WAITING: readonly PaymentStatus[] = ['AWAITING_AMOUNT', 'AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION'];
const FIRST: Readonly<Record<QrType, PaymentStatus>> = {
  Dynamic: 'AWAITING_CONFIRMATION',
  Static: 'AWAITING_AMOUNT',
  Custom: 'AWAITING_CHECKOUT',
};

/**
 * The books of one run, kept beside the servers': what two customers paid in, and what must have become of their payments
 * by the rules R1 to R37 alone. They are written from what was asked of the servers, from what the PS said to them and
 * from what operators decided; what the servers answer is compared with them.
 */
export class Books {
  payments: KnownPayment[] = [];
  readonly deposited: [bigint, bigint] = [0n, 0n];

  /** To try what comes of something. */
  copy(): Books {
    const copy = new Books();
    copy.payments = structuredClone(this.payments);
    copy.deposited.splice(0, 2, ...this.deposited);
    return copy;
  }

  become(other: Books): void {
    this.payments = other.payments;
  }

  get(id: string): KnownPayment {
    const payment = this.payments.find((one) => one.id === id);
    if (payment === undefined) throw new Error(`nobody knows payment ${id}`);
    return payment;
  }

  balance(customer: number): bigint {
    const gone = this.payments.filter((p) => p.customer === customer && isPaid(p)).map(({ amount }) => amount ?? 0n);
    return gone.reduce((left, amount) => left - amount, this.deposited[customer] ?? 0n);
  }

  ofPurchase(purchase: string, customer: number): KnownPayment | undefined {
    return this.payments.find((p) => p.purchase === purchase && p.customer === customer);
  }

  /** R33: one payment per customer and purchase; while it waits as after its scan, the PS's last word counts. */
  scanned(customer: number, said: ScannedPurchase, id: string, now: number): Expected {
    const lastMoment = said.until === null ? now + TTL_MS : said.until - MARGIN_MS;
    const known = this.ofPurchase(said.purchase, customer);
    if (known !== undefined) {
      if (known.status === FIRST[known.type]) change(known, { lastMoment, amount: said.amount });
      return shown(known);
    }
    const { type, purchase, amount } = said;
    const status = FIRST[type];
    this.payments.push({
      ...{ id, number: this.payments.length + 1, customer, purchase, type, status, amount, lastMoment },
      ...{ form: null, told: null, delivered: false, debitedAt: null, settledBy: null, contradiction: null },
      ...{ hasReceipt: false, refusal: null, ended: 0 },
    });
    return { http: 201, status, amount };
  }

  /** What checkout is answered before the PS is asked; null where it is asked. What is frozen may be left out. */
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
    return shown(change(this.get(id), { status: 'AWAITING_CONFIRMATION', amount, lastMoment: until - MARGIN_MS }));
  }

  confirm(id: string, body: ConfirmBody, now: number): Expected {
    const payment = this.get(id);
    if (!WAITING.includes(payment.status)) return { ...shown(payment), http: isFinal(payment.status) ? 200 : 202 };
    const entered = body.amount === undefined ? null : tiyn(body.amount);
    if ((payment.type === 'Static') !== (entered !== null)) return problem(422, 'AMOUNT_INVALID');
    if (entered !== null && entered % 100n !== 0n) return problem(422, 'AMOUNT_NOT_WHOLE');
    if (now > payment.lastMoment) return shown(change(payment, { status: 'EXPIRED' }));
    const amount = entered ?? payment.amount;
    if (amount === null) return problem(409, 'CHECKOUT_REQUIRED');
    if (this.isPaidByAnother(payment)) return problem(409, 'ALREADY_PAID');
    if (body.expectedAmount !== undefined && tiyn(body.expectedAmount) !== amount)
      return problem(409, 'AMOUNT_CHANGED');
    if (amount > this.balance(payment.customer)) {
      return shown(change(payment, { status: 'DECLINED', amount, told: 'PROCESS_FAIL' }));
    }
    change(payment, { status: 'PROCESSING', amount, told: 'SUCCESS', debitedAt: now });
    return { ...shown(payment), http: 202 };
  }

  /** R14: until the debit; an expired payment stays so. The PS is told once. */
  cancel(id: string): Expected {
    const payment = this.get(id);
    if (!WAITING.includes(payment.status) && payment.status !== 'EXPIRED' && payment.status !== 'CANCELLED') {
      return problem(409, 'STATE_CONFLICT');
    }
    if (payment.status !== 'CANCELLED' && !this.isPaidByAnother(payment)) payment.told ??= 'CANCELLED_BY_CLIENT';
    if (payment.status !== 'EXPIRED') payment.status = 'CANCELLED';
    return shown(payment);
  }

  /** That there is no purchase is not told to the PS then: it could undo the one that was paid (R33). */
  isPaidByAnother({ id, purchase }: KnownPayment): boolean {
    return this.payments.some((p) => p.id !== id && p.purchase === purchase && p.debitedAt !== null);
  }

  expireDue(now: number): void {
    for (const payment of this.payments) {
      if (WAITING.includes(payment.status) && now > payment.lastMoment) payment.status = 'EXPIRED';
    }
  }

  resolve(id: string, outcome: Resolution): Expected {
    const payment = this.get(id);
    if (payment.status !== 'IN_DOUBT') return problem(409, 'STATE_CONFLICT');
    change(payment, { status: outcome, settledBy: 'OPERATOR' });
    if (outcome === 'REVERSED') payment.delivered = true;
    return shown(payment);
  }

  /** An operator has the PS told again: not that a payment succeeded whose money is back, nor where nothing is left to ask. */
  tellAgain(id: string): Expected {
    const payment = this.get(id);
    const isOver = isFinal(payment.status) && (payment.status !== 'CONFIRMED' || payment.hasReceipt);
    const nothingToSay =
      payment.told === 'SUCCESS' ? isOver || payment.contradiction !== null : this.isPaidByAnother(payment);
    if (nothingToSay) return problem(409, 'STATE_CONFLICT');
    payment.delivered = false;
    return { http: 200 };
  }

  /** R11, R12, R35, R36. */
  heard(id: string, heard: Heard, now: number): void {
    const payment = this.get(id);
    const overtaken = heard.attempt < payment.ended;
    payment.ended = Math.max(payment.ended, heard.attempt);
    if (payment.told === 'SUCCESS') this.heardOfPurchase(payment, heard, overtaken, now);
    else this.heardOfNoPurchase(payment, heard);
  }

  private heardOfPurchase(payment: KnownPayment, heard: Heard, overtaken: boolean, now: number): void {
    const { code } = heard;
    const refused =
      code !== null &&
      (REFUSALS.decisive.includes(code) || (REFUSALS.atTheGate.includes(code) && !heard.mayHaveArrivedBefore));
    const open = payment.status === 'PROCESSING' || payment.status === 'IN_DOUBT';
    if (code === 'SUCCESS') {
      payment.delivered = true;
      if (open) change(payment, { status: 'CONFIRMED', settledBy: 'KASPI' });
      if (payment.status === 'REVERSED') payment.contradiction ??= 'OWED';
      else payment.hasReceipt = true;
    } else if (refused && !overtaken) {
      payment.delivered = true;
      if (open) change(payment, { status: 'REVERSED', settledBy: 'KASPI', refusal: code });
      else if (payment.status === 'CONFIRMED' && payment.settledBy === 'OPERATOR') payment.contradiction ??= 'NOT_OWED';
    } else if (payment.status === 'PROCESSING' && now - (payment.debitedAt ?? now) >= IN_DOUBT_AFTER_MS) {
      payment.status = 'IN_DOUBT';
    }
  }

  private heardOfNoPurchase(payment: KnownPayment, { attempt, code, superseded }: Heard): void {
    const isListed = code !== null && !REFUSALS.doubtful.includes(code);
    if (superseded || isListed || (code !== null && attempt >= UNCLEAR_ATTEMPTS)) payment.delivered = true;
  }
}

/** The customer's money is out, for good or for now. */
export function isPaid({ status }: Pick<KnownPayment, 'status'>): boolean {
  return status === 'PROCESSING' || status === 'IN_DOUBT' || status === 'CONFIRMED';
}

export function isWaiting({ status }: KnownPayment): boolean {
  return WAITING.includes(status);
}

export function leadsTo(from: PaymentStatus, to: PaymentStatus): boolean {
  return from === to || Object.values(PAYMENT_TRANSITIONS[from]).some((next) => leadsTo(next, to));
}

export function tiyn(amount: string): bigint {
  const [whole = '', decimals = ''] = amount.split('.');
  return BigInt(whole + decimals.padEnd(2, '0'));
}

export function problem(http: number, code: string): Expected {
  return { http, code };
}

function change(payment: KnownPayment, what: Partial<KnownPayment>): KnownPayment {
  return Object.assign(payment, what);
}

function shown({ status, amount }: KnownPayment): Expected {
  return { http: 200, status, amount };
}
