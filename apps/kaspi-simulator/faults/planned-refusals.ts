import type { CoreReason } from '@mpp/core-banking/wire';
import type { FastifyRequest } from 'fastify';

/** A core's refusal that somebody planned: it is carried out as any other answer is, by whoever answers the request. */
export class PlannedRefusal {
  used = false;

  constructor(private readonly reason: CoreReason) {}

  use(): CoreReason {
    this.used = true;
    return this.reason;
  }
}

const planned = new WeakMap<FastifyRequest, PlannedRefusal>();

export function planRefusal(request: FastifyRequest, reason: CoreReason): PlannedRefusal {
  const refusal = new PlannedRefusal(reason);
  planned.set(request, refusal);
  return refusal;
}

/** Null where the request is to be answered as it deserves. */
export function plannedRefusalOf(request: FastifyRequest): PlannedRefusal | null {
  return planned.get(request) ?? null;
}
