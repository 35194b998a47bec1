import type { Answer, PaymentBody } from '../support/mpp.js';
import { expectAnswer } from './expected-answers.js';
import type { Model } from './model.js';
import { type Expected, type Form, isWaiting, type ModelPayment, problem, type QrType, tiyn } from './model-types.js';
import { confirmRightly, perform, which } from './payment-acts.js';
import type { QueryResult } from './queries.js';
import type { Run } from './run.js';
import { ANY, picked, type Step, step, stepOn } from './step.js';

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
  const { answer, query } = await run.withQuery(() => caller.scan(qrCode));
  run.logAnswer(`scan ${query?.code ?? 'without an answer'}`, answer);
  expectAnswer(answer, byWrongClock(run, at) ?? refused(query) ?? scanned(run, who, answer, query));
  return answer.status < 300 ? answer.body.payment.id : null;
}

/** A customer cancels and the notify is lost; the other customer cannot pay any more, and the notify is repeated (R38). */
export function cancelWithoutAnswer(pick: number, at: number): Step {
  const words = `cancel ${which(pick, false)} at ${at}, whose notify is lost; the other customer scans and confirms the purchase, and messages are delivered at ${1 - at}`;
  return stepOn(pick, isWaiting, words, async (run, payment) => {
    const { system } = run;
    const faults = system.simulator.faults.left();
    system.simulator.faults.set({ notifyPayment: [{ do: 'reset', count: 1 }] });
    await perform(run, { does: 'cancel', amount: null, wrongly: false, expects: 'nothing' }, payment, at);
    await run.idle();
    await run.updateModel();
    const qrCode = system.line.purchaseAtPs(payment.purchase)?.qrCode ?? '';
    await scanAndConfirm(run, 1 - payment.customer, qrCode, at);
    await run.idle();
    await run.updateModel();
    system.simulator.faults.set(faults);
    run.startStep('    then the messages are delivered');
    system.clock.advance(A_REPEAT_IS_DUE_MS);
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
  query: QueryResult | null,
): Expected {
  const sent = JSON.parse(query?.answer ?? '') as ScanAnswer;
  const { paymentId: purchase, paymentAmount, canConfirmUntil } = sent.payment;
  const existing = run.model.ofPurchase(purchase, who);
  if (existing !== undefined && existing.id !== body.payment.id) throw new Error('a second payment of one purchase');
  const amount = paymentAmount === undefined ? null : tiyn(paymentAmount);
  const until = canConfirmUntil === undefined ? null : Date.parse(canConfirmUntil);
  return run.model.scanned(who, { type: sent.qrCodeType, purchase, amount, until }, body.payment.id, run.now);
}

interface ScanAnswer {
  readonly qrCodeType: QrType;
  readonly payment: { readonly paymentId: string; readonly paymentAmount?: string; readonly canConfirmUntil?: string };
}

/** R42: the answer of a server whose clock is wrong, without a call to the PS; null if it is right. */
function byWrongClock(run: Run, at: number): Expected | null {
  return run.clocks.isRight(at) ? null : problem(503, 'SERVICE_UNAVAILABLE');
}

/** R13. Null if the PS answered SUCCESS. */
function refused(query: QueryResult | null): Expected | null {
  if (query?.code == null) return problem(503, 'KASPI_NO_ANSWER');
  const { code } = query;
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
    const refusal = byWrongClock(run, at);
    const withoutCall =
      refusal === null
        ? run.model.checkout(id, FORMS[form], run.now)
        : (run.model.copy().checkout(id, FORMS[form], 0) ?? refusal);
    const { answer, query } = await run.withQuery(() => caller.checkout(id, parametersOf(FORMS[form])));
    run.logAnswer(`checkout ${query === null ? 'without a call' : (query.code ?? 'without an answer')}`, answer);
    expectAnswer(answer, withoutCall ?? refused(query) ?? priced(run.model, id, query));
  });
}

function parametersOf({ number, zone }: Form) {
  return [...(number === undefined ? [] : [{ id: 3932, value: number }]), { id: 3933, value: zone }];
}

function priced(model: Model, id: string, query: QueryResult | null): Expected {
  const sent = JSON.parse(query?.answer ?? '') as { paymentAmount: string | number; canConfirmUntil: string };
  return model.priced(id, tiyn(String(sent.paymentAmount)), Date.parse(sent.canConfirmUntil));
}
