import fc from 'fast-check';
import type { Fault } from '../../apps/kaspi-simulator/start.js';
import * as clocks from './clock-steps.js';
import { CORE_STEPS } from './core-commands.js';
import * as environment from './environment-steps.js';
import { type CoreKind, isGivenBack } from './model-types.js';
import { type Act, one, together } from './payment-acts.js';
import * as refunds from './refund-steps.js';
import { RESULT_CODES } from './result-codes.js';
import { cancelWithoutAnswer, checkout, type Order, scan } from './scan-steps.js';
import { ANY, type Kind, type Step } from './step.js';

const who = fc.nat(1);
const at = fc.nat(1);
const pick = fc.nat(5);
/** True once in `times`. */
const rarely = (times: number) => fc.nat(times - 1).map((n) => n === times - 1);

type Weighted<T> = fc.WeightedArbitrary<T>;
const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>): Weighted<T> => ({ weight, arbitrary });

const lifetimeSeconds = fc.constantFrom(60, 300, 2400, 2400, 2400);
const dynamic: fc.Arbitrary<Order> = fc.record({
  type: fc.constant('Dynamic' as const),
  amount: fc.constantFrom('100.00', '60.50', '249.99', '600.00', '0.01'),
  lifetimeSeconds,
});
const standing: fc.Arbitrary<Order> = fc.record({ type: fc.constant('Static' as const), lifetimeSeconds });
const custom: fc.Arbitrary<Order> = fc.record({
  type: fc.constant('Custom' as const),
  amount: fc.constantFrom('100.00', '70.00', '100.00', '70.00', '80.50'),
  lifetimeSeconds,
});
const order = fc.oneof(weighted(3, dynamic), weighted(3, standing), weighted(2, custom));

const confirm: fc.Arbitrary<Act> = fc.record({
  does: fc.constant('confirm' as const),
  amount: fc.oneof(
    weighted(6, fc.constantFrom('100', '70.00', '40.00')),
    weighted(1, fc.constantFrom('150.50', '1000.00')),
    weighted(1, fc.constant(null)),
  ),
  wrongly: rarely(10),
  expects: fc.constantFrom('nothing', 'nothing', 'nothing', 'nothing', 'nothing', 'right', 'right', 'right', 'wrong'),
});
const simply = (does: Act['does']): fc.Arbitrary<Act> =>
  fc.constant({ does, amount: null, wrongly: false, expects: 'nothing' });
const acts: fc.Arbitrary<[Act, Act]> = fc.oneof(
  weighted(4, fc.tuple(confirm, confirm)),
  weighted(3, fc.tuple(confirm, simply('cancel'))),
  weighted(1, fc.tuple(simply('cancel'), simply('cancel'))),
  weighted(1, fc.tuple(confirm, simply('deliver'))),
  weighted(1, fc.tuple(confirm, simply('expire'))),
);
const other = fc.oneof(
  fc.constant('the same' as const),
  fc.constant('the other customer’s of the purchase' as const),
  pick,
);

const silence: fc.Arbitrary<Fault> = fc.oneof(
  weighted(6, fc.constant<Fault>({ do: 'lose' })),
  weighted(5, fc.constant<Fault>({ do: 'reset' })),
  // A hang takes real time.
  weighted(1, fc.constant<Fault>({ do: 'hang' })),
  weighted(2, fc.constant<Fault>({ do: 'garbage' })),
  weighted(
    3,
    fc.constantFrom(400, 404, 408, 425, 429, 500, 503).map((httpStatus): Fault => ({ do: 'status', httpStatus })),
  ),
);
const refuse = (codes: readonly string[]) =>
  fc.constantFrom(...codes).map((resultCode): Fault => ({ do: 'refuse', resultCode }));
const times = (fault: fc.Arbitrary<Fault>): fc.Arbitrary<Fault> =>
  fc.tuple(fault, fc.integer({ min: 1, max: 3 })).map(([kind, count]) => ({ ...kind, count }));
const queryFaults = (codes: readonly string[]) =>
  fc.array(times(fc.oneof(silence, refuse(codes))), { minLength: 1, maxLength: 1 });
const ofNotify = times(
  fc.oneof(
    weighted(6, silence),
    weighted(3, refuse(RESULT_CODES.decisive)),
    weighted(3, refuse(RESULT_CODES.beforeProcessing)),
    weighted(3, refuse(RESULT_CODES.unclear)),
  ),
);

const delay: fc.Arbitrary<environment.Delay> = fc.record({
  where: fc.constantFrom('request', 'answer'),
  howLong: fc.constantFrom('shortly', 'past its lease', 'very long'),
  meanwhile: fc.constantFrom('nothing', 'deliver', 'deliver', 'deliver', 'refund', 'CONFIRMED', 'REVERSED'),
  fault: fc.option(ofNotify),
});

const part = fc.constantFrom<refunds.Part>('half', 'half', 'all');
const howMuch = fc.constantFrom<refunds.HowMuch>('half', 'half', 'all', 'more than was paid', 'of the other customer');
const kind = fc.constantFrom<[string, Kind]>(['of any kind', ANY], ['that is reversed', isGivenBack]);
const calls = fc.integer({ min: 1, max: 4 });
const hours = fc.constantFrom(1, 1, 24, 24, -1, -24);

const CLOCK_STEPS: readonly Weighted<Step>[] = [
  weighted(
    4,
    fc.tuple(at, hours).map((p) => clocks.setClock(...p)),
  ),
  weighted(6, fc.constant(clocks.setClocksRight())),
  weighted(
    5,
    fc.tuple(pick, hours, fc.constantFrom('request', 'answer'), at).map((p) => clocks.jumpDuringNotify(...p)),
  ),
];

/** The steps of a run with accounts of either kind, by weight. */
const STEPS: readonly Weighted<Step>[] = [
  weighted(
    24,
    fc.tuple(who, order, at).map((p) => scan(...p)),
  ),
  weighted(
    3,
    fc.tuple(who, fc.nat(3), at).map((p) => scan(...p)),
  ),
  weighted(
    5,
    fc.tuple(pick, fc.constant('right' as const), at).map((p) => checkout(...p)),
  ),
  weighted(
    2,
    fc.tuple(pick, fc.constantFrom('other', 'incomplete'), at).map((p) => checkout(...p)),
  ),
  weighted(
    26,
    fc.tuple(confirm, pick, rarely(6), at).map((p) => one(...p)),
  ),
  weighted(
    2,
    fc.tuple(simply('cancel'), pick, rarely(3), at).map((p) => one(...p)),
  ),
  weighted(
    10,
    fc.tuple(acts, pick, rarely(4), other).map((p) => together(...p)),
  ),
  weighted(
    4,
    fc.tuple(pick, at).map((p) => cancelWithoutAnswer(...p)),
  ),
  weighted(6, at.map(environment.deliver)),
  weighted(1, fc.constant(environment.deliverAtBoth())),
  weighted(3, fc.constantFrom(0.1, 1, 3).map(environment.wait)),
  weighted(
    4,
    fc.tuple(fc.constantFrom(14, 15, 16, 20), at).map((p) => environment.waitLong(...p)),
  ),
  weighted(
    3,
    fc.tuple(pick, fc.boolean(), fc.boolean(), at).map((p) => environment.waitForLastMoment(...p)),
  ),
  weighted(2, at.map(environment.expire)),
  weighted(
    12,
    fc.array(ofNotify, { minLength: 1, maxLength: 3 }).map((faults) => environment.fail('notifyPayment', faults)),
  ),
  weighted(
    1,
    queryFaults(RESULT_CODES.scan).map((faults) => environment.fail('scan', faults)),
  ),
  weighted(
    1,
    queryFaults(RESULT_CODES.checkout).map((faults) => environment.fail('checkout', faults)),
  ),
  weighted(2, fc.constant(environment.repairPs())),
  weighted(2, fc.integer({ min: 1, max: 4 }).map(environment.cut)),
  weighted(
    6,
    fc.tuple(pick, silence, at).map((p) => environment.confirmIntoDoubt(...p)),
  ),
  weighted(
    8,
    fc.tuple(pick, fc.boolean(), rarely(10), at).map((p) => environment.resolve(...p)),
  ),
  weighted(
    2,
    fc.tuple(pick, at).map((p) => environment.notifyAgain(...p)),
  ),
  weighted(
    2,
    fc.tuple(who, at, fc.constantFrom('60.00', '0.01', '500.00'), fc.boolean()).map((p) => environment.deposit(...p)),
  ),
  weighted(
    14,
    fc.tuple(pick, delay, at).map((p) => environment.delayCall(...p)),
  ),
  weighted(
    6,
    fc
      .tuple(who, at, fc.constantFrom('OPEN', 'OPEN', 'OPEN', 'BLOCKED', 'CLOSED'))
      .map((p) => environment.changeAccount(...p)),
  ),
  weighted(
    14,
    fc.tuple(pick, part, rarely(8), at).map((p) => refunds.shopRefunds(...p)),
  ),
  weighted(
    8,
    fc.tuple(pick, part, fc.boolean(), at).map((p) => refunds.refundWhileClosed(...p)),
  ),
  weighted(
    4,
    fc
      .tuple(pick, kind, howMuch, calls)
      .map(([n, [kinds, of], much, times]) => refunds.refundWithoutShop(n, of, kinds, much, times)),
  ),
  weighted(
    4,
    fc.tuple(pick, rarely(4), calls).map((p) => refunds.repeatRefund(...p)),
  ),
  weighted(
    6,
    fc.tuple(pick, rarely(6), at, fc.boolean(), at).map((p) => refunds.redirect(...p)),
  ),
  weighted(
    8,
    fc
      .tuple(pick, fc.constantFrom(...RESULT_CODES.decisive), fc.boolean(), at)
      .map((p) => environment.refusedWhileClosed(...p)),
  ),
  weighted(
    6,
    fc.tuple(pick, rarely(6), at, fc.boolean(), at).map((p) => environment.redirectReversal(...p)),
  ),
];

export function stepsWith(core: CoreKind): fc.Arbitrary<Step> {
  return fc.oneof(...STEPS, ...CLOCK_STEPS, ...(core === 'own ledger' ? [] : CORE_STEPS));
}
