import type { CoreReason } from '@mpp/core-banking/wire';

const PS_METHODS = ['scan', 'checkout', 'notifyPayment'] as const;
export const CORE_OPERATIONS = ['coreDebit', 'coreCredit', 'coreReversal'] as const;

/** What can be made to fail: the methods of the PS, the receiver of the participant's notifications, the calls of a bank's core. */
export const FAULTY_METHODS = [
  ...PS_METHODS,
  'notification',
  'coreAccounts',
  ...CORE_OPERATIONS,
  'coreOutcome',
] as const;
export type FaultyMethod = (typeof FAULTY_METHODS)[number];
type PsMethod = (typeof PS_METHODS)[number];
type CoreOperationMethod = (typeof CORE_OPERATIONS)[number];

/** So many times, or with this probability, or always. */
interface HowOften {
  readonly count?: number;
  readonly probability?: number;
}

/**
 * How any method fails. `reset`: the connection ends in the middle. `hang`: no answer ever. `status`: an HTTP error without a
 * result. `garbage`: HTTP 200 and no JSON. With all of these nothing is carried out. `lose`: the request is carried out and
 * remembered, and its answer is lost with the connection. `slow`: it is carried out, and answered so many milliseconds later.
 */
type AnyFailure =
  | { readonly do: 'status'; readonly httpStatus: number }
  | { readonly do: 'slow'; readonly ms: number }
  | { readonly do: 'reset' | 'hang' | 'garbage' | 'lose' };

/** The PS refuses with this code, a listed one or not, and remembers nothing of it. */
type PsRefusal = { readonly do: 'refuse'; readonly resultCode: string };
/** A core refuses an operation that is new to it, and this refusal is its answer from then on, as any other would be. */
export type CoreRefusal = { readonly do: 'refuse'; readonly reason: CoreReason };

export type FaultKind = AnyFailure | PsRefusal | CoreRefusal;

/** Of a method of the PS. */
export type Fault = (AnyFailure | PsRefusal) & HowOften;
/** Of an operation of a core. */
export type CoreFault = (AnyFailure | CoreRefusal) & HowOften;

/** What asks for no decision has no refusal: notifications, and questions to a core. */
type FaultOf<Method extends FaultyMethod> = Method extends PsMethod
  ? Fault
  : Method extends CoreOperationMethod
    ? CoreFault
    : AnyFailure & HowOften;

export type FaultPlan = { readonly [Method in FaultyMethod]?: readonly FaultOf<Method>[] };

/** A fault that happens now. */
export interface Happening {
  readonly fault: FaultKind & HowOften;
  /** How many times it will still happen. */
  left: number;
}

/** The faults that were asked for and are not spent. They are forgotten at the end of the process. */
export class Faults {
  private readonly planned = new Map<FaultyMethod, Happening[]>();

  /** `random` gives numbers from 0 up to, not including, 1. */
  constructor(private readonly random: () => number) {}

  /** Replaces the faults of the methods that the plan names; the others keep theirs. */
  set(plan: FaultPlan): void {
    for (const method of FAULTY_METHODS) {
      const faults = plan[method];
      if (faults === undefined) continue;
      this.planned.set(
        method,
        faults.map((fault) => ({ fault, left: fault.count ?? Number.POSITIVE_INFINITY })),
      );
    }
  }

  clear(): void {
    this.planned.clear();
  }

  /** What may still happen, each with the count that is left of it. */
  left(): Required<FaultPlan> {
    // Each method has what set() was given for it.
    const left: unknown = Object.fromEntries(FAULTY_METHODS.map((method) => [method, this.leftOf(method)]));
    return left as Required<FaultPlan>;
  }

  /** The first fault of the method that applies to the request that is here now; it counts as happened. */
  take(method: FaultyMethod): Happening | null {
    const happening = this.planned.get(method)?.find(({ fault, left }) => left > 0 && this.applies(fault));
    if (happening === undefined) return null;
    happening.left -= 1;
    return happening;
  }

  /** It did not happen after all. */
  giveBack(happening: Happening): void {
    happening.left += 1;
  }

  private applies({ probability }: HowOften): boolean {
    return probability === undefined || this.random() < probability;
  }

  private leftOf(method: FaultyMethod): Happening['fault'][] {
    const unspent = (this.planned.get(method) ?? []).filter(({ left }) => left > 0);
    return unspent.map(({ fault, left }) => (fault.count === undefined ? fault : { ...fault, count: left }));
  }
}
