import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Stopping } from '@mpp/platform';
import { paymentFixture } from '../support/payment-fixture.js';

describe('a server that is told to stop', () => {
  const fixture = paymentFixture();
  let stopping: Stopping;

  beforeAll(() => {
    stopping = fixture.server.app.get(Stopping, { strict: false });
  });

  afterAll(() => fixture.server.stop());

  it('is not ready, debits nothing more, and asks its clients to close their connections', async () => {
    const alia = await fixture.server.mpp.customer();
    const { id } = (await alia.scan('stopping')).body.payment;
    const ready = () => fetch(`${fixture.server.publicUrl}/health/ready`);
    const before = await ready();
    expect([before.status, before.headers.get('connection')]).toEqual([200, 'keep-alive']);
    await before.text();
    stopping.begin();
    const after = await ready();
    expect([after.status, after.headers.get('connection')]).toEqual([503, 'close']);
    expect(await after.text()).toContain('the server stops');
    expect(await alia.confirm(id)).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } });
    expect([await alia.balance(), (await alia.payment(id)).body.status]).toEqual(['1000.00', 'AWAITING_CONFIRMATION']);
  });
});
