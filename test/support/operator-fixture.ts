import { beforeAll } from '@jest/globals';
import type { Answer } from './mpp.js';
import { BY_HAND, type PaymentFixture, paymentFixture } from './payment-fixture.js';
import type { Problem } from './problems.js';
import type { TestClock } from './test-clock.js';

export type Part = Record<string, unknown>;

/** A server with the calls of operators, for one spec file: registers the hooks that start and stop it. `Extra`: what the spec adds. */
export function operatorFixture<Extra extends object>(clock: TestClock, env: Record<string, string> = {}) {
  /** `aigerim`: the token of an operator of this name. */
  const fixture = paymentFixture({ ...BY_HAND, ...env }, clock) as PaymentFixture & { aigerim: string } & Extra;

  beforeAll(async () => {
    const body = { roles: ['operations'], name: 'aigerim' };
    fixture.aigerim = (await fixture.server.mpp.call<{ token: string }>('POST', '/dev/token', { body })).body.token;
  });

  const as = (role: string) => fixture.server.mpp.teamToken(role);
  const get = async <Body = Problem>(path: string, role = 'support'): Promise<Answer<Body>> =>
    fixture.server.mpp.call<Body>('GET', `/ops/v1/${path}`, { token: await as(role) });
  const post = <Body = Problem>(path: string, body?: unknown, token = fixture.aigerim): Promise<Answer<Body>> =>
    fixture.server.mpp.call<Body>('POST', `/ops/v1/${path}`, { token, ...(body !== undefined && { body }) });

  return { fixture, as, get, post };
}
