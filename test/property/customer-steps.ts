import type { Answer, PaymentBody } from '../support/mpp.js';
import type { Books } from './books.js';
import { CORE_TIMEOUT_MS } from './core-line.js';
import {
  type ConfirmBody,
  type Expected,
  type Form,
  inTenge,
  isWaiting,
  type KnownPayment,
  problem,
  type QrType,
  tiyn,
} from './known.js';
import type { Question, Run } from './run.js';
import { ANY, isPayable, picked, type Step, step, stepOn } from './step.js';

const NAMES = ['A', 'B'] as const;

/** A QR that a shop makes. */
export interface Order {
  readonly type: QrType;
  readonly amount?: string;
  readonly lifetimeSeconds: number;
}

/** `qr`: a new one, or one that is there, counted from the newest. */
export function scan(who: number, qr: Order | number, at: number): Step {
  const what = typeof qr === 'number' ? `QR ${qr} from the newest` : `a new QR ${JSON.stringify(qr)}`;
  return step(`${NAMES[who]} scans ${what} at ${at}`, async (run) => {
    if (typeof qr === 'number' && run.qrCodes.length === 0) return;
    const qrCode = typeof qr === 'number' ? picked(run.qrCodes, qr) : await run.newQr(qr);
    await scanNow(run, who, qrCode, at);
  });
}

/** Returns the payment, where there is one. */
async function scanNow(run: Run, who: number, qrCode: string, at: number): Promise<string | null> {
  const caller = await run.as(who, at);
  const { answer, question } = await run.asking(() => caller.scan(qrCode));
  run.tell(`scan ${question?.code ?? 'without an answer'}`, answer);
  run.check(answer, refused(question) ?? scanned(run, who, answer, question));
  return answer.status < 300 ? answer.body.payment.id : null;
}

/** One customer goes back and the PS does not hear of it; the other one pays, and then it is told again (R33). */
export function cancelUnheard(pick: number, at: number): Step {
  const words = `cancel ${which(pick, false)} at ${at}, which the PS does not hear; the other customer scans and confirms the purchase, and messages are delivered at ${1 - at}`;
  return stepOn(pick, isWaiting, words, async (run, payment) => {
    const { world } = run;
    const faults = world.simulator.faults.left();
    world.simulator.faults.set({ notifyPayment: [{ do: 'reset', count: 1 }] });
    await perform(run, { does: 'cancel', amount: null, wrongly: false, expects: 'nothing' }, payment, at);
    await run.idle();
    await run.absorb();
    const qrCode = world.line.truth(payment.purchase)?.qrCode ?? '';
    await scanAndConfirm(run, 1 - payment.customer, qrCode, at);
    await run.idle();
    await run.absorb();
    world.simulator.faults.set(faults);
    run.begins('    and now the messages are delivered');
    world.clock.advance(A_REPEAT_IS_DUE_MS);
    await run.drain(1 - at);
  });
}

/** More than any pause between repeats here. */
const A_REPEAT_IS_DUE_MS = 1000;

export async function scanAndConfirm(run: Run, who: number, qrCode: string, at: number): Promise<void> {
  const id = await scanNow(run, who, qrCode, at);
  if (id !== null) await confirmRightly(run, run.books.get(id), at);
}

function scanned(
  run: Run,
  who: number,
  { body }: Answer<{ payment: PaymentBody }>,
  question: Question | null,
): Expected {
  const said = JSON.parse(question?.answer ?? '') as ScanAnswer;
  const { paymentId: purchase, paymentAmount, canConfirmUntil } = said.payment;
  const known = run.books.ofPurchase(purchase, who);
  if (known !== undefined && known.id !== body.payment.id) throw new Error('a second payment of one purchase');
  const amount = paymentAmount === undefined ? null : tiyn(paymentAmount);
  const until = canConfirmUntil === undefined ? null : Date.parse(canConfirmUntil);
  return run.books.scanned(who, { type: said.qrCodeType, purchase, amount, until }, body.payment.id, run.now);
}

interface ScanAnswer {
  readonly qrCodeType: QrType;
  readonly payment: { readonly paymentId: string; readonly paymentAmount?: string; readonly canConfirmUntil?: string };
}

/** R13. Null where the PS said SUCCESS. */
function refused(question: Question | null): Expected | null {
  if (question?.code == null) return problem(503, 'KASPI_NO_ANSWER');
  const { code } = question;
  return code === 'SUCCESS' ? null : { ...problem(422, 'KASPI_REFUSED'), kaspiResultCode: code };
}

const FORMS = {
  right: { number: '547RBA02', zone: 'A' },
  other: { number: '001AAA02', zone: 'B' },
  incomplete: { zone: 'A' },
} as const satisfies Record<string, Form>;
export type FormName = keyof typeof FORMS;

/** The right form for one that waits for it; others at any time. */
export function checkout(pick: number, form: FormName, at: number): Step {
  const kind = form === 'right' ? ({ status }: KnownPayment) => status === 'AWAITING_CHECKOUT' : ANY;
  const words = `checkout with the ${form} form of ${which(pick, form !== 'right')} at ${at}`;
  return stepOn(pick, kind, words, async (run, { id, customer }) => {
    const caller = await run.as(customer, at);
    const notAsked = run.books.checkout(id, FORMS[form], run.now);
    const { answer, question } = await run.asking(() => caller.checkout(id, parametersOf(FORMS[form])));
    run.tell(`checkout ${question === null ? 'not asked' : (question.code ?? 'without an answer')}`, answer);
    run.check(answer, notAsked ?? refused(question) ?? priced(run.books, id, question));
  });
}

function parametersOf({ number, zone }: Form) {
  return [...(number === undefined ? [] : [{ id: 3932, value: number }]), { id: 3933, value: zone }];
}

function priced(books: Books, id: string, question: Question | null): Expected {
  const said = JSON.parse(question?.answer ?? '') as { paymentAmount: string | number; canConfirmUntil: string };
  return books.priced(id, tiyn(String(said.paymentAmount)), Date.parse(said.canConfirmUntil));
}

/** What may happen at the same moment as something else. The last two are the servers' own. */
export interface Act {
  readonly does: 'confirm' | 'cancel' | 'deliver' | 'expire';
  /** Where the customer says how much; with `wrongly` also where they do not. */
  readonly amount: string | null;
  readonly wrongly: boolean;
  readonly expects: 'nothing' | 'right' | 'wrong';
}

/** For a payment that can be confirmed or cancelled, or for any. */
export function one(act: Act, pick: number, anyone: boolean, at: number): Step {
  const kind = anyone ? ANY : act.does === 'cancel' ? isWaiting : isPayable;
  const words = `${inWords(act)} ${which(pick, anyone)} at ${at}`;
  return stepOn(pick, kind, words, (run, payment) => perform(run, act, payment, at));
}

/** As a customer does who wants to pay. */
export function confirmRightly(run: Run, payment: KnownPayment, at: number): Promise<void> {
  return perform(run, { does: 'confirm', amount: '40.00', wrongly: false, expects: 'right' }, payment, at);
}

export async function perform(run: Run, act: Act, payment: KnownPayment, at: number): Promise<void> {
  const made = await make(run, { act, of: payment, at, body: bodyOf(act, payment) });
  run.tell(`${act.does} #${payment.number}`, made.answer);
  run.check(made.answer, expected(run.books, made, run.now));
}

export type Other = 'the same' | 'the other customer’s of the purchase' | number;

/** At the same moment, one act at each server. Whichever is the first of them: the books try both. */
export function together(acts: readonly [Act, Act], pick: number, anyone: boolean, other: Other): Step {
  const second = typeof other === 'number' ? which(other, true) : other;
  const words = `at the same moment ${inWords(acts[0])} ${which(pick, anyone)} at 0, and ${inWords(acts[1])} ${second} at 1`;
  return stepOn(pick, anyone ? ANY : isPayable, words, async (run, payment) => {
    const both = [payment, otherOf(run.books, payment, other)].map((of, at) => {
      const act = acts[at === 0 ? 0 : 1];
      return { act, of, at, body: bodyOf(act, of) };
    });
    const made = await Promise.all(both.map((one) => make(run, one)));
    for (const { act, of, answer } of made) run.tell(`${act.does} #${of.number}`, answer);
    const tells = await run.tells(made.map(({ of }) => of.id));
    for (const order of [made, made.toReversed()]) {
      for (const knownBetween of [false, true]) {
        const books = run.books.copy();
        const fits: boolean[] = [];
        for (const one of order) {
          fits.push(run.matches(one.answer, expected(books, one, run.now), true));
          if (knownBetween) await run.debitsKnown(books);
        }
        if (fits.includes(false) || tells.some(({ id, told }) => !mayBeTold(books.get(id), told))) continue;
        run.books.become(books);
        return;
      }
    }
    throw new Error('whichever came first, these are not the answers');
  });
}

/** What is told of a debit at a bank's core follows from what the core says, which may have come already. */
function mayBeTold({ status, told }: KnownPayment, is: string | null): boolean {
  return is === told || (status === 'DEBITING' && is !== 'CANCELLED_BY_CLIENT');
}

function otherOf(books: Books, payment: KnownPayment, other: Other): KnownPayment {
  if (other === 'the same') return payment;
  if (typeof other === 'number') return picked(books.payments, other);
  return books.ofPurchase(payment.purchase, 1 - payment.customer) ?? payment;
}

interface Wanted {
  readonly act: Act;
  readonly of: KnownPayment;
  readonly at: number;
  readonly body: ConfirmBody;
}

interface Made extends Wanted {
  readonly answer: Answer<unknown>;
  /** The bank's core did not say which accounts there are, or a slow machine did not hear it. */
  readonly coreIsSilent: boolean;
}

async function make(run: Run, wanted: Wanted): Promise<Made> {
  const { coreLine } = run.world;
  const [from, started] = [coreLine.calls.length, performance.now()];
  const answer = await ask(run, wanted);
  const wasSilent =
    coreLine.wasSilent(run.nameOf(wanted.of.customer), from) || performance.now() - started > CORE_TIMEOUT_MS;
  const saysSo = (answer.body as { code?: string }).code === 'CORE_UNAVAILABLE';
  return { ...wanted, answer, coreIsSilent: wasSilent && saysSo };
}

async function ask(run: Run, { act, of: { id, customer }, body, at }: Wanted): Promise<Answer<unknown>> {
  const caller = await run.as(customer, at);
  switch (act.does) {
    case 'confirm':
      return caller.confirm(id, body);
    case 'cancel':
      return caller.cancel(id);
    case 'deliver':
      await run.drain(at);
      return DONE;
    case 'expire':
      await run.expireDue(at);
      return DONE;
  }
}

const DONE: Answer<unknown> = { status: 204, headers: new Headers(), body: {} };

function expected(books: Books, { act, of: { id }, body, coreIsSilent }: Made, now: number): Expected {
  switch (act.does) {
    case 'confirm':
      return books.confirm(id, body, now, coreIsSilent);
    case 'cancel':
      return books.cancel(id);
    case 'deliver':
      return { http: DONE.status };
    case 'expire':
      books.expireDue(now);
      return { http: DONE.status };
  }
}

function bodyOf({ amount: entered, wrongly, expects }: Act, { type, amount }: KnownPayment): ConfirmBody {
  const sends = entered !== null && (type === 'Static' || wrongly);
  const right = type === 'Static' ? entered : amount === null ? null : inTenge(amount);
  return {
    ...(sends && { amount: entered }),
    ...(expects === 'right' && right !== null && { expectedAmount: right }),
    ...(expects === 'wrong' && { expectedAmount: '99.99' }),
  };
}

function inWords({ does, amount, wrongly, expects }: Act): string {
  if (does === 'deliver') return 'messages are delivered, beside';
  if (does === 'expire') return 'what is overdue expires, beside';
  if (does === 'cancel') return does;
  return `confirm (${amount ?? 'no amount'}${wrongly ? ' for any type' : ''}, expecting ${expects})`;
}

export function which(pick: number, anyone: boolean): string {
  return `payment ${pick} from the newest${anyone ? ' of all' : ''}`;
}
