import { describe, expect, it } from '@jest/globals';
import { type Fault, Faults } from './faults.js';

const OF_THE_CORE = { coreAccounts: [], coreDebit: [], coreCredit: [], coreReversal: [], coreOutcome: [] };
const reset: Fault = { do: 'reset' };
const refuse: Fault = { do: 'refuse', resultCode: 'RISK_REJECT' };

/** With dice that fall as they are told. */
const faultsWith = (...rolls: number[]) => new Faults(() => rolls.shift() ?? 0);

describe('Faults', () => {
  it('do not happen unless they were asked for', () => {
    expect(faultsWith().take('scan')).toBeNull();
    expect(faultsWith().left()).toEqual({
      scan: [],
      checkout: [],
      notifyPayment: [],
      notification: [],
      ...OF_THE_CORE,
    });
  });

  it('happen to the method that they are for, always where nothing else is said', () => {
    const faults = faultsWith();
    faults.set({ scan: [reset] });
    for (let n = 0; n < 3; n++) expect(faults.take('scan')?.fault).toEqual(reset);
    expect(faults.take('checkout')).toBeNull();
    expect(faults.left().scan).toEqual([reset]);
  });

  it('happen as often as their count says, then the next in the list does, and then none', () => {
    const faults = faultsWith();
    faults.set({
      scan: [
        { ...reset, count: 2 },
        { ...refuse, count: 1 },
      ],
    });
    const happened = Array.from({ length: 4 }, () => faults.take('scan')?.fault.do);
    expect(happened).toEqual(['reset', 'reset', 'refuse', undefined]);
  });

  it('show the count that is left of them, and no longer those that are spent', () => {
    const faults = faultsWith();
    faults.set({
      scan: [
        { ...reset, count: 1 },
        { ...refuse, count: 2 },
      ],
    });
    faults.take('scan');
    expect(faults.left().scan).toEqual([{ ...refuse, count: 2 }]);
    faults.take('scan');
    expect(faults.left().scan).toEqual([{ ...refuse, count: 1 }]);
  });

  it('happen by chance below their probability, and else the next in the list does', () => {
    const faults = faultsWith(0.29, 0.3, 0.99);
    faults.set({ scan: [{ ...reset, probability: 0.3 }, refuse] });
    const happened = Array.from({ length: 3 }, () => faults.take('scan')?.fault.do);
    expect(happened).toEqual(['reset', 'refuse', 'refuse']);
    expect(faults.left().scan).toHaveLength(2);
  });

  it.each([
    [0, 0, null],
    [1, 0.999, 'reset'],
  ])('with a probability of %d happen never or always', (probability, roll, happened) => {
    const faults = faultsWith(roll);
    faults.set({ scan: [{ ...reset, probability }] });
    expect(faults.take('scan')?.fault.do ?? null).toBe(happened);
  });

  it('are replaced for the methods that a new plan names, and for them alone', () => {
    const faults = faultsWith();
    faults.set({ scan: [reset], notifyPayment: [reset] });
    faults.set({ scan: [refuse], checkout: [] });
    expect(faults.left()).toEqual({
      scan: [refuse],
      checkout: [],
      notifyPayment: [reset],
      notification: [],
      ...OF_THE_CORE,
    });
  });

  it('end all at once', () => {
    const faults = faultsWith();
    faults.set({ scan: [reset], notifyPayment: [reset] });
    faults.clear();
    expect(faults.take('scan')).toBeNull();
    expect(faults.left().notifyPayment).toEqual([]);
  });

  it('that did not happen after all are there again', () => {
    const faults = faultsWith();
    faults.set({ scan: [{ ...reset, count: 1 }] });
    const happening = faults.take('scan');
    expect(faults.take('scan')).toBeNull();
    if (happening !== null) faults.undoTake(happening);
    expect(faults.left().scan).toEqual([{ ...reset, count: 1 }]);
  });
});
