import type { CoreReason } from '@mpp/core-banking/wire';
import fc from 'fast-check';
import type { CoreFault } from '../../apps/kaspi-simulator/start.js';
import { CORE_TIMEOUT_MS } from './core-line.js';
import * as atCore from './core-steps.js';
import { RESULT_CODES } from './result-codes.js';
import type { Step } from './step.js';

const at = fc.nat(1);
const pick = fc.nat(5);
const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<T> => ({ weight, arbitrary });

const coreSilence: fc.Arbitrary<CoreFault> = fc.oneof(
  weighted(6, fc.constant<CoreFault>({ do: 'lose' })),
  weighted(4, fc.constant<CoreFault>({ do: 'reset' })),
  // These take real time: a hang, and an answer after the timeout.
  weighted(1, fc.constant<CoreFault>({ do: 'hang' })),
  weighted(1, fc.constant<CoreFault>({ do: 'slow', ms: CORE_TIMEOUT_MS + 100 })),
  weighted(1, fc.constant<CoreFault>({ do: 'slow', ms: 20 })),
  weighted(2, fc.constant<CoreFault>({ do: 'garbage' })),
  weighted(
    3,
    fc.constantFrom(400, 404, 409, 429, 500, 503).map((httpStatus): CoreFault => ({ do: 'status', httpStatus })),
  ),
);
const once = (fault: fc.Arbitrary<CoreFault>) => fault.map((kind): CoreFault => ({ ...kind, count: 1 }));
const manyTimes = (fault: fc.Arbitrary<CoreFault>) =>
  fc.tuple(fault, fc.integer({ min: 1, max: 3 })).map(([kind, count]): CoreFault => ({ ...kind, count }));
const refuseAs = (...reasons: CoreReason[]) =>
  fc.constantFrom(...reasons).map((reason): CoreFault => ({ do: 'refuse', reason }));
const ofOrder = (method: atCore.CoreOrder, refusals: fc.Arbitrary<CoreFault>) =>
  fc
    .array(manyTimes(fc.oneof(weighted(3, coreSilence), weighted(1, refusals))), { minLength: 1, maxLength: 2 })
    .map((faults) => atCore.failCore(method, faults));
const ofCoreQuery = (method: atCore.CoreQuery) =>
  manyTimes(coreSilence).map((fault) => atCore.failCore(method, [fault]));

const coreDelay: fc.Arbitrary<atCore.CoreDelay> = fc.record({
  method: fc.constantFrom('debit', 'debit', 'debit', 'reversal', 'credit', 'credit'),
  where: fc.constantFrom('request', 'answer'),
  howLong: fc.constantFrom('shortly', 'past its lease', 'past its deadline', 'past its deadline'),
  meanwhile: fc.constantFrom('nothing', 'deliver', 'deliver', 'deliver', 'close'),
});

/** Additional steps with a bank's core. */
export const CORE_STEPS: readonly fc.WeightedArbitrary<Step>[] = [
  weighted(8, ofOrder('coreDebit', refuseAs('INSUFFICIENT_FUNDS', 'ACCOUNT_BLOCKED', 'LIMIT_EXCEEDED', 'OTHER'))),
  weighted(6, ofOrder('coreCredit', refuseAs('ACCOUNT_BLOCKED', 'ACCOUNT_CLOSED', 'LIMIT_EXCEEDED', 'OTHER'))),
  weighted(4, ofOrder('coreReversal', refuseAs('ACCOUNT_CLOSED', 'OTHER'))),
  weighted(2, ofCoreQuery('coreAccounts')),
  weighted(3, ofCoreQuery('coreOutcome')),
  weighted(
    6,
    fc.tuple(pick, once(coreSilence), fc.option(once(coreSilence)), at).map((p) => atCore.debitTooLate(...p)),
  ),
  weighted(
    5,
    fc
      .tuple(pick, fc.constantFrom(...RESULT_CODES.decisive), fc.option(once(coreSilence)), at)
      .map((p) => atCore.refusedByPs(...p)),
  ),
  weighted(
    4,
    fc.tuple(pick, fc.constantFrom('confirm', 'cancel'), at).map((p) => atCore.confirmOrCancelUnderWay(...p)),
  ),
  weighted(
    3,
    fc.tuple(pick, at).map((p) => atCore.otherCustomerPays(...p)),
  ),
  weighted(
    12,
    fc.tuple(pick, coreDelay, at).map((p) => atCore.delayCoreCall(...p)),
  ),
];
