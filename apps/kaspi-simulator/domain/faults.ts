/** What can be made to fail: the methods of the PS, and the receiver of the participant's notifications. */
export const FAULTY_METHODS = ['scan', 'checkout', 'notifyPayment', 'notification'] as const;
export type FaultyMethod = (typeof FAULTY_METHODS)[number];

/**
 * How a method fails. `refuse`: with this code, a listed one or not; not for `notification`, which has no codes. `reset`: the connection ends in the middle. `hang`: no
 * answer ever. `status`: an HTTP error without a result. `garbage`: HTTP 200 and no JSON. With all of these nothing is
 * carried out. `lose`: the request is carried out and remembered, and its answer is lost with the connection.
 */
export type FaultKind =
  | { readonly do: 'refuse'; readonly resultCode: string }
  | { readonly do: 'status'; readonly httpStatus: number }
  | { readonly do: 'reset' | 'hang' | 'garbage' | 'lose' };

/** So many times, or with this probability, or always. */
export type Fault = FaultKind & { readonly count?: number; readonly probability?: number };

export type FaultPlan = { readonly [method in FaultyMethod]?: readonly Fault[] };

/** A fault that happens now. */
export interface Happening {
  readonly fault: Fault;
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
  left(): Readonly<Record<FaultyMethod, readonly Fault[]>> {
    return {
      scan: this.leftOf('scan'),
      checkout: this.leftOf('checkout'),
      notifyPayment: this.leftOf('notifyPayment'),
      notification: this.leftOf('notification'),
    };
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

  private applies({ probability }: Fault): boolean {
    return probability === undefined || this.random() < probability;
  }

  private leftOf(method: FaultyMethod): Fault[] {
    const unspent = (this.planned.get(method) ?? []).filter(({ left }) => left > 0);
    return unspent.map(({ fault, left }) => (fault.count === undefined ? fault : { ...fault, count: left }));
  }
}
