import { beforeAll } from '@jest/globals';
import type { Answer } from './mpp.js';
import { BY_HAND, type PaymentFixture, paymentFixture } from './payment-fixture.js';
import type { Problem } from './problems.js';
import type { TestClock } from './test-clock.js';

export type Part = Record<string, unknown>;

/** A server with the calls of operators, for one spec file: registers the hooks that start and stop it. `Extra`: what the spec adds. */
export function operatorFixture<Extra extends object>(clock: TestClock, env: Record<string, string> = {}) {
  const fixture = paymentFixture({ ...BY_HAND, ...env }, clock);
  /** `aigerim`: the token of an operator of this name. */
  const world = fixture as PaymentFixture & { aigerim: string } & Extra;

  beforeAll(async () => {
    const body = { roles: ['operations'], name: 'aigerim' };
    world.aigerim = (await world.server.mpp.call<{ token: string }>('POST', '/dev/token', { body })).body.token;
  });

  const as = (role: string) => world.server.mpp.teamToken(role);
  const get = async <Body = Problem>(path: string, role = 'support'): Promise<Answer<Body>> =>
    world.server.mpp.call<Body>('GET', `/ops/v1/${path}`, { token: await as(role) });
  const post = <Body = Problem>(path: string, body?: unknown, token = world.aigerim): Promise<Answer<Body>> =>
    world.server.mpp.call<Body>('POST', `/ops/v1/${path}`, { token, ...(body !== undefined && { body }) });

  return { world, as, get, post };
}
