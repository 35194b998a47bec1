import type { CoreReason } from '@mpp/core-banking/wire';

export const PS_METHODS = ['scan', 'checkout', 'notifyPayment'] as const;
export const CORE_OPERATIONS = ['coreDebit', 'coreCredit', 'coreReversal'] as const;

/** The calls that can fail: methods of the PS, the receiver of notifications, calls of the bank's core. */
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

/** `count` times, or with a probability, or always. */
interface HowOften {
  readonly count?: number;
  readonly probability?: number;
}

/**
 * Faults of every method. `reset`: the connection is reset. `hang`: no answer. `status`: an HTTP error without a result.
 * `garbage`: HTTP 200 and invalid JSON. None of these executes the request. `lose`: the request is executed and stored, and
 * the connection is reset. `slow`: the request is executed and answered `ms` milliseconds later.
 */
type AnyFailure =
  | { readonly do: 'status'; readonly httpStatus: number }
  | { readonly do: 'slow'; readonly ms: number }
  | { readonly do: 'reset' | 'hang' | 'garbage' | 'lose' };

/** The PS refuses with this code, listed or not, and stores nothing. */
type PsRefusal = { readonly do: 'refuse'; readonly resultCode: string };
/**
 * A notify whose result differs from the stored one is refused with PAYMENT_INCORRECT_STATUS. Without this fault the PS gives
 * the same paymentId the same answer (regulation 4.3).
 */
export type NotifyRefusal = { readonly do: 'refuse-another-result' };
/** The core refuses a new operation; like any answer, the refusal is stored and repeated. */
export type CoreRefusal = { readonly do: 'refuse'; readonly reason: CoreReason };

export type FaultKind = AnyFailure | PsRefusal | NotifyRefusal | CoreRefusal;

/** A fault of a PS method. */
export type Fault = (AnyFailure | PsRefusal) & HowOften;
/** A fault of a core's operation. */
export type CoreFault = (AnyFailure | CoreRefusal) & HowOften;

/** Notifications and the core's queries cannot be refused. */
type FaultOf<Method extends FaultyMethod> = Method extends 'notifyPayment'
  ? Fault | (NotifyRefusal & HowOften)
  : Method extends PsMethod
    ? Fault
    : Method extends CoreOperationMethod
      ? CoreFault
      : AnyFailure & HowOften;

export type FaultPlan = { readonly [Method in FaultyMethod]?: readonly FaultOf<Method>[] };

/** A planned fault. */
export interface PlannedFault {
  readonly fault: FaultKind & HowOften;
  /** How many times it can still happen. */
  left: number;
}

/** The planned faults, in memory. */
export class Faults {
  private readonly planned = new Map<FaultyMethod, PlannedFault[]>();

  /** `random` returns numbers in [0, 1). */
  constructor(private readonly random: () => number) {}

  /** Replaces the faults of the methods in the plan; other methods keep theirs. */
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

  /** The remaining faults, each with its remaining count. */
  left(): Required<FaultPlan> {
    // set() accepts for each method only faults of that method.
    const left: unknown = Object.fromEntries(FAULTY_METHODS.map((method) => [method, this.remainingOf(method)]));
    return left as Required<FaultPlan>;
  }

  /** Returns the method's first fault that applies now, and counts it as used. */
  takeFault(method: FaultyMethod): PlannedFault | null {
    const planned = this.planned.get(method)?.find(({ fault, left }) => left > 0 && this.applies(fault));
    if (planned === undefined) return null;
    planned.left -= 1;
    return planned;
  }

  /** Undoes {@link takeFault}. */
  undoTake(planned: PlannedFault): void {
    planned.left += 1;
  }

  private applies({ probability }: HowOften): boolean {
    return probability === undefined || this.random() < probability;
  }

  private remainingOf(method: FaultyMethod): PlannedFault['fault'][] {
    const remaining = (this.planned.get(method) ?? []).filter(({ left }) => left > 0);
    return remaining.map(({ fault, left }) => (fault.count === undefined ? fault : { ...fault, count: left }));
  }
}
