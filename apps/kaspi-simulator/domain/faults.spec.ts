import { describe, expect, it } from '@jest/globals';
import { type Fault, Faults } from './faults.js';

const NO_CORE_FAULTS = { coreAccounts: [], coreDebit: [], coreCredit: [], coreReversal: [], coreOutcome: [] };
const reset: Fault = { do: 'reset' };
const refuse: Fault = { do: 'refuse', resultCode: 'RISK_REJECT' };

/** With these random numbers. */
const faultsWith = (...randomNumbers: number[]) => new Faults(() => randomNumbers.shift() ?? 0);

describe('Faults', () => {
  it('do not happen unless they are planned', () => {
    expect(faultsWith().takeFault('scan')).toBeNull();
    expect(faultsWith().left()).toEqual({
      scan: [],
      checkout: [],
      notifyPayment: [],
      notification: [],
      ...NO_CORE_FAULTS,
    });
  });

  it('without a count or probability happen at each call of their method', () => {
    const faults = faultsWith();
    faults.set({ scan: [reset] });
    for (let n = 0; n < 3; n++) expect(faults.takeFault('scan')?.fault).toEqual(reset);
    expect(faults.takeFault('checkout')).toBeNull();
    expect(faults.left().scan).toEqual([reset]);
  });

  it('happen as often as their count, then the next of the list, then none', () => {
    const faults = faultsWith();
    faults.set({
      scan: [
        { ...reset, count: 2 },
        { ...refuse, count: 1 },
      ],
    });
    const happened = Array.from({ length: 4 }, () => faults.takeFault('scan')?.fault.do);
    expect(happened).toEqual(['reset', 'reset', 'refuse', undefined]);
  });

  it('are shown with their remaining count until it is used up', () => {
    const faults = faultsWith();
    faults.set({
      scan: [
        { ...reset, count: 1 },
        { ...refuse, count: 2 },
      ],
    });
    faults.takeFault('scan');
    expect(faults.left().scan).toEqual([{ ...refuse, count: 2 }]);
    faults.takeFault('scan');
    expect(faults.left().scan).toEqual([{ ...refuse, count: 1 }]);
  });

  it('happen if the random number is below their probability, else the next of the list happens', () => {
    const faults = faultsWith(0.29, 0.3, 0.99);
    faults.set({ scan: [{ ...reset, probability: 0.3 }, refuse] });
    const happened = Array.from({ length: 3 }, () => faults.takeFault('scan')?.fault.do);
    expect(happened).toEqual(['reset', 'refuse', 'refuse']);
    expect(faults.left().scan).toHaveLength(2);
  });

  it.each([
    [0, 0, null],
    [1, 0.999, 'reset'],
  ])('with a probability of %d happen never or always', (probability, randomNumber, happened) => {
    const faults = faultsWith(randomNumber);
    faults.set({ scan: [{ ...reset, probability }] });
    expect(faults.takeFault('scan')?.fault.do ?? null).toBe(happened);
  });

  it('are replaced only for the methods that a new plan names', () => {
    const faults = faultsWith();
    faults.set({ scan: [reset], notifyPayment: [reset] });
    faults.set({ scan: [refuse], checkout: [] });
    expect(faults.left()).toEqual({
      scan: [refuse],
      checkout: [],
      notifyPayment: [reset],
      notification: [],
      ...NO_CORE_FAULTS,
    });
  });

  it('are all removed by clear', () => {
    const faults = faultsWith();
    faults.set({ scan: [reset], notifyPayment: [reset] });
    faults.clear();
    expect(faults.takeFault('scan')).toBeNull();
    expect(faults.left().notifyPayment).toEqual([]);
  });

  it('that did not happen can be put back', () => {
    const faults = faultsWith();
    faults.set({ scan: [{ ...reset, count: 1 }] });
    const planned = faults.takeFault('scan');
    expect(faults.takeFault('scan')).toBeNull();
    if (planned !== null) faults.undoTake(planned);
    expect(faults.left().scan).toEqual([{ ...reset, count: 1 }]);
  });
});
