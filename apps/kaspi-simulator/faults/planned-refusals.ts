import type { CoreReason } from '@mpp/core-banking/wire';
import type { FastifyRequest } from 'fastify';

/** A planned refusal of the core. The bank uses it for a new operation, and stores it like any other answer. */
export class PlannedRefusal {
  used = false;

  constructor(private readonly reason: CoreReason) {}

  use(): CoreReason {
    this.used = true;
    return this.reason;
  }
}

const planned = new WeakMap<FastifyRequest, PlannedRefusal>();
const anotherResultRefused = new WeakSet<FastifyRequest>();

export function planRefusal(request: FastifyRequest, reason: CoreReason): PlannedRefusal {
  const refusal = new PlannedRefusal(reason);
  planned.set(request, refusal);
  return refusal;
}

/** The PS refuses this notify if its result is not that of the stored decision. */
export function refuseAnotherResult(request: FastifyRequest): void {
  anotherResultRefused.add(request);
}

export function refusesAnotherResult(request: FastifyRequest): boolean {
  return anotherResultRefused.has(request);
}

/** Null if no refusal is planned for the request. */
export function plannedRefusalOf(request: FastifyRequest): PlannedRefusal | null {
  return planned.get(request) ?? null;
}
