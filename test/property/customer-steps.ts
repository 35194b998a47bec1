import type { Answer, PaymentBody } from '../support/mpp.js';
import { CORE_TIMEOUT_MS } from './core-line.js';
import type { Model } from './model.js';
import {
  type ConfirmBody,
  type Expected,
  type Form,
  inTenge,
  isWaiting,
  type ModelPayment,
  problem,
  type QrType,
  tiyn,
} from './model-types.js';
import type { Question, Run } from './run.js';
import { ANY, isPayable, picked, type Step, step, stepOn } from './step.js';

const NAMES = ['A', 'B'] as const;

/** A QR code that a shop creates. */
export interface Order {
  readonly type: QrType;
  readonly amount?: string;
  readonly lifetimeSeconds: number;
}

/** `qr`: a new QR code, or the number of an existing one, counted from the newest. */
export function scan(who: number, qr: Order | number, at: number): Step {
  const what = typeof qr === 'number' ? `QR ${qr} from the newest` : `a new QR ${JSON.stringify(qr)}`;
  return step(`${NAMES[who]} scans ${what} at ${at}`, async (run) => {
    if (typeof qr === 'number' && run.qrCodes.length === 0) return;
    const qrCode = typeof qr === 'number' ? picked(run.qrCodes, qr) : await run.newQr(qr);
    await scanNow(run, who, qrCode, at);
  });
}

/** Returns the payment's id, or null if the scan was refused. */
async function scanNow(run: Run, who: number, qrCode: string, at: number): Promise<string | null> {
  const caller = await run.as(who, at);
  const { answer, question } = await run.asking(() => caller.scan(qrCode));
  run.logAnswer(`scan ${question?.code ?? 'without an answer'}`, answer);
  run.check(answer, refused(question) ?? scanned(run, who, answer, question));
  return answer.status < 300 ? answer.body.payment.id : null;
}

/** A customer cancels and the notify is lost; the other customer pays, and then the notify is repeated (R33). */
export function cancelWithoutAnswer(pick: number, at: number): Step {
  const words = `cancel ${which(pick, false)} at ${at}, whose notify is lost; the other customer scans and confirms the purchase, and messages are delivered at ${1 - at}`;
  return stepOn(pick, isWaiting, words, async (run, payment) => {
    const { world } = run;
    const faults = world.simulator.faults.left();
    world.simulator.faults.set({ notifyPayment: [{ do: 'reset', count: 1 }] });
    await perform(run, { does: 'cancel', amount: null, wrongly: false, expects: 'nothing' }, payment, at);
    await run.idle();
    await run.updateModel();
    const qrCode = world.line.purchaseAtPs(payment.purchase)?.qrCode ?? '';
    await scanAndConfirm(run, 1 - payment.customer, qrCode, at);
    await run.idle();
    await run.updateModel();
    world.simulator.faults.set(faults);
    run.startStep('    then the messages are delivered');
    world.clock.advance(A_REPEAT_IS_DUE_MS);
    await run.drain(1 - at);
  });
}

/** More than any retry pause in these runs. */
const A_REPEAT_IS_DUE_MS = 1000;

export async function scanAndConfirm(run: Run, who: number, qrCode: string, at: number): Promise<void> {
  const id = await scanNow(run, who, qrCode, at);
  if (id !== null) await confirmRightly(run, run.model.get(id), at);
}

function scanned(
  run: Run,
  who: number,
  { body }: Answer<{ payment: PaymentBody }>,
  question: Question | null,
): Expected {
  const said = JSON.parse(question?.answer ?? '') as ScanAnswer;
  const { paymentId: purchase, paymentAmount, canConfirmUntil } = said.payment;
  const known = run.model.ofPurchase(purchase, who);
  if (known !== undefined && known.id !== body.payment.id) throw new Error('a second payment of one purchase');
  const amount = paymentAmount === undefined ? null : tiyn(paymentAmount);
  const until = canConfirmUntil === undefined ? null : Date.parse(canConfirmUntil);
  return run.model.scanned(who, { type: said.qrCodeType, purchase, amount, until }, body.payment.id, run.now);
}

interface ScanAnswer {
  readonly qrCodeType: QrType;
  readonly payment: { readonly paymentId: string; readonly paymentAmount?: string; readonly canConfirmUntil?: string };
}

/** R13. Null if the PS answered SUCCESS. */
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

/** The right form for a payment that waits for it, other forms for any payment. */
export function checkout(pick: number, form: FormName, at: number): Step {
  const kind = form === 'right' ? ({ status }: ModelPayment) => status === 'AWAITING_CHECKOUT' : ANY;
  const words = `checkout with the ${form} form of ${which(pick, form !== 'right')} at ${at}`;
  return stepOn(pick, kind, words, async (run, { id, customer }) => {
    const caller = await run.as(customer, at);
    const notAsked = run.model.checkout(id, FORMS[form], run.now);
    const { answer, question } = await run.asking(() => caller.checkout(id, parametersOf(FORMS[form])));
    run.logAnswer(`checkout ${question === null ? 'not asked' : (question.code ?? 'without an answer')}`, answer);
    run.check(answer, notAsked ?? refused(question) ?? priced(run.model, id, question));
  });
}

function parametersOf({ number, zone }: Form) {
  return [...(number === undefined ? [] : [{ id: 3932, value: number }]), { id: 3933, value: zone }];
}

function priced(model: Model, id: string, question: Question | null): Expected {
  const said = JSON.parse(question?.answer ?? '') as { paymentAmount: string | number; canConfirmUntil: string };
  return model.priced(id, tiyn(String(said.paymentAmount)), Date.parse(said.canConfirmUntil));
}

/** What may bookHistory at the same moment as something else. The last two are the servers' own. */
export interface Act {
  readonly does: 'confirm' | 'cancel' | 'deliver' | 'expire';
  /** The entered amount: for Static payments; with `wrongly` for any payment. */
  readonly amount: string | null;
  readonly wrongly: boolean;
  readonly expects: 'nothing' | 'right' | 'wrong';
}

/** On a payment that can be confirmed or cancelled, or on any. */
export function one(act: Act, pick: number, anyone: boolean, at: number): Step {
  const kind = anyone ? ANY : act.does === 'cancel' ? isWaiting : isPayable;
  const words = `${inWords(act)} ${which(pick, anyone)} at ${at}`;
  return stepOn(pick, kind, words, (run, payment) => perform(run, act, payment, at));
}

/** Confirms with the right amount. */
export function confirmRightly(run: Run, payment: ModelPayment, at: number): Promise<void> {
  return perform(run, { does: 'confirm', amount: '40.00', wrongly: false, expects: 'right' }, payment, at);
}

export async function perform(run: Run, act: Act, payment: ModelPayment, at: number): Promise<void> {
  const made = await make(run, { act, of: payment, at, body: bodyOf(act, payment) });
  run.logAnswer(`${act.does} #${payment.number}`, made.answer);
  run.check(made.answer, expected(run.model, made, run.now));
}

export type Other = 'the same' | 'the other customer’s of the purchase' | number;

/** Two actions at the same moment, one at each server. The model tries both orders. */
export function together(acts: readonly [Act, Act], pick: number, anyone: boolean, other: Other): Step {
  const second = typeof other === 'number' ? which(other, true) : other;
  const words = `at the same moment ${inWords(acts[0])} ${which(pick, anyone)} at 0, and ${inWords(acts[1])} ${second} at 1`;
  return stepOn(pick, anyone ? ANY : isPayable, words, async (run, payment) => {
    const both = [payment, otherOf(run.model, payment, other)].map((of, at) => {
      const act = acts[at === 0 ? 0 : 1];
      return { act, of, at, body: bodyOf(act, of) };
    });
    const made = await Promise.all(both.map((one) => make(run, one)));
    for (const { act, of, answer } of made) run.logAnswer(`${act.does} #${of.number}`, answer);
    const codes = await run.notifyCodesOf(made.map(({ of }) => of.id));
    for (const order of [made, made.toReversed()]) {
      for (const knownBetween of [false, true]) {
        const model = run.model.copy();
        const fits: boolean[] = [];
        for (const one of order) {
          fits.push(run.matches(one.answer, expected(model, one, run.now), true));
          if (knownBetween) await run.updateDebits(model);
        }
        if (fits.includes(false) || codes.some(({ id, notified }) => !canBeNotified(model.get(id), notified))) continue;
        run.model.become(model);
        return;
      }
    }
    throw new Error('the answers fit neither order');
  });
}

/** The notify for a debit at a bank's core follows from the core's answer, which may have arrived already. */
function canBeNotified({ status, notified }: ModelPayment, is: string | null): boolean {
  return is === notified || (status === 'DEBITING' && is !== 'CANCELLED_BY_CLIENT');
}

function otherOf(model: Model, payment: ModelPayment, other: Other): ModelPayment {
  if (other === 'the same') return payment;
  if (typeof other === 'number') return picked(model.payments, other);
  return model.ofPurchase(payment.purchase, 1 - payment.customer) ?? payment;
}

interface Wanted {
  readonly act: Act;
  readonly of: ModelPayment;
  readonly at: number;
  readonly body: ConfirmBody;
}

interface Made extends Wanted {
  readonly answer: Answer<unknown>;
  /** The core did not answer which accounts the customer has, or its answer came after the timeout. */
  readonly accountsUnknown: boolean;
}

async function make(run: Run, wanted: Wanted): Promise<Made> {
  const { coreLine } = run.world;
  const [from, started] = [coreLine.calls.length, performance.now()];
  const answer = await ask(run, wanted);
  const accountsUnanswered =
    coreLine.accountsUnanswered(run.nameOf(wanted.of.customer), from) || performance.now() - started > CORE_TIMEOUT_MS;
  const saysSo = (answer.body as { code?: string }).code === 'CORE_UNAVAILABLE';
  return { ...wanted, answer, accountsUnknown: accountsUnanswered && saysSo };
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

function expected(model: Model, { act, of: { id }, body, accountsUnknown }: Made, now: number): Expected {
  switch (act.does) {
    case 'confirm':
      return model.confirm(id, body, now, accountsUnknown);
    case 'cancel':
      return model.cancel(id);
    case 'deliver':
      return { http: DONE.status };
    case 'expire':
      model.expireDue(now);
      return { http: DONE.status };
  }
}

function bodyOf({ amount: entered, wrongly, expects }: Act, { type, amount }: ModelPayment): ConfirmBody {
  const sends = entered !== null && (type === 'Static' || wrongly);
  const right = type === 'Static' ? entered : amount === null ? null : inTenge(amount);
  return {
    ...(sends && { amount: entered }),
    ...(expects === 'right' && right !== null && { expectedAmount: right }),
    ...(expects === 'wrong' && { expectedAmount: '99.99' }),
  };
}

function inWords({ does, amount, wrongly, expects }: Act): string {
  if (does === 'deliver') return 'the delivery of messages for';
  if (does === 'expire') return 'the expiry of overdue payments for';
  if (does === 'cancel') return does;
  return `confirm (${amount ?? 'no amount'}${wrongly ? ' for any type' : ''}, expecting ${expects})`;
}

export function which(pick: number, anyone: boolean): string {
  return `payment ${pick} from the newest${anyone ? ' of all' : ''}`;
}
