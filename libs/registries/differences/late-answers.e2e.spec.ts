import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { DifferencesFixture } from '../../../test/support/differences-fixture.js';
import { happyKaspi, LINKS, type Reply } from '../../../test/support/kaspi-peer.js';
import { until } from '../../../test/support/until.js';

let fixture: DifferencesFixture;
/** What the PS answers to a notify. */
let notify: () => Reply | Promise<Reply>;
let codes = 0;

const LOST = (): Reply => 'reset';
const PAID = (): Reply => ({ json: { result: { resultCode: 'SUCCESS', resultMessage: 'success' }, ...LINKS } });

beforeAll(async () => {
  const retries = { NOTIFY_RETRY_BASE_MS: '1', NOTIFY_RETRY_MAX_MS: '1' };
  fixture = await DifferencesFixture.start({ IN_DOUBT_AFTER_MS: '1', ...retries });
  const happy = happyKaspi({ confirmUntil: null });
  fixture.registries.kaspi.script = (request, index) =>
    request.path.endsWith('/notifyPayment') ? notify() : happy(request, index);
});

beforeEach(() => {
  fixture.beginDayOfClock();
});

afterAll(() => fixture.stop());

const query = (sql: string, id: string) => fixture.registries.database.query<Record<string, unknown>>(sql, [id]);
/** A clock that passes quickly cannot be compared with the database's. */
const deliver = async () => {
  fixture.registries.clock.advance(10);
  await fixture.registries.server.app.get(Outbox, { strict: false }).drainOnce();
};
const waiting = (id: string) => query(`select 1 from outbox_messages where topic = 'notifyPayment' and key = $1`, id);
const rowOf = (id: string, customerId: string, given: { confirmed?: 'НЕТ' } = {}) => ({
  ...{ at: fixture.registries.clock.now(), amount: 10_000n, fee: 50n, rate: '0,50', mcc: '5812', ...given },
  ...{ mppPaymentId: id, kaspiOperationId: `QR70000${++codes}`, customerId },
});

describe.each(['CANCELLED', 'DECLINED'])(
  'A payment that is %s, and of which Kaspi answers that the seller is paid',
  (end) => {
    async function closedButPaid() {
      notify = PAID;
      const { mpp } = fixture.registries.server;
      const alia = await mpp.customer('0.00');
      const { id } = (await alia.scan(`closed-${++codes}`)).body.payment;
      expect((await (end === 'CANCELLED' ? alia.cancel(id) : alia.confirm(id))).body.status).toBe(end);
      const account = await mpp.open(alia.id, '100.00');
      const contradicted = async () => {
        await deliver();
        return query('select 1 from qr_payments where id = $1 and contradicted_at is not null', id);
      };
      await until('the contradiction', contradicted, (found) => found.length > 0);
      expect(await fixture.entries(id)).toEqual(['DIFFERENCE DIFFERENCES → PAYABLE_TO_KASPI 100.00']);
      return { alia, id, account };
    }

    /** Its discrepancy without a registry. */
    async function listedContradiction(id: string) {
      await fixture.registries.reconciliation.recheckDiscrepancies();
      await fixture.registries.reconciliation.recheckDiscrepancies();
      const found = await query(
        `select id, expected, actual, status from registry_discrepancies where registry_id is null and payment_id = $1`,
        id,
      );
      expect(found).toEqual([{ id: expect.anything(), expected: end, actual: 'SUCCESS', status: 'OPEN' }]);
      return { id: String(found[0]?.id) };
    }

    it('is owed on the day of the answer, and is a discrepancy: its customer is debited if the operator names the account', async () => {
      const { alia, id, account } = await closedButPaid();
      expect(await fixture.day()).toMatchObject({ owed: '100.00' });
      await fixture.settled(await listedContradiction(id), 'TAKE_UP', account);
      expect(await fixture.balanceOf(alia.id)).toBe('0.00');
      expect(await fixture.day()).toMatchObject({ owed: '100.00' });
      expect((await fixture.registries.server.mpp.trialBalance()).balanced).toBe(true);
    });

    it('can be debited also by the registry that lists it with ДА, once', async () => {
      const { alia, id, account } = await closedButPaid();
      const contradiction = await listedContradiction(id);
      const discrepancy = await fixture.listOne('STATUS_MISMATCH', rowOf(id, alia.id));
      await fixture.settled(discrepancy, 'TAKE_UP', account);
      expect((await fixture.settle(contradiction, 'TAKE_UP', account)).status).toBe(409);
      await fixture.settled(contradiction, 'TAKE_UP');
      expect(await fixture.balanceOf(alia.id)).toBe('0.00');
      await fixture.expectEnded();
    });

    it('stays a difference, of which the settlement agrees with the registry that lists it with ДА', async () => {
      const { alia, id } = await closedButPaid();
      await fixture.settled(await fixture.listOne('STATUS_MISMATCH', rowOf(id, alia.id)), 'BOOK_DIFFERENCE');
      expect(await fixture.balanceOf(alia.id)).toBe('100.00');
      await fixture.expectEnded();
    });
  },
);

describe('A payment that an operator confirmed, and that is given back while its notify waits', () => {
  async function confirmedButUnlisted() {
    notify = LOST;
    const alia = await fixture.registries.server.mpp.customer('100.00');
    const { id } = (await alia.scan(`waiting-${++codes}`)).body.payment;
    await alia.confirm(id);
    const status = async () => {
      await deliver();
      return (await alia.payment(id)).body.status;
    };
    await until('the doubt', status, (now) => now === 'IN_DOUBT');
    expect((await fixture.registries.server.mpp.resolve(id, 'CONFIRMED')).status).toBe(200);
    expect(await waiting(id)).toHaveLength(1);
    const discrepancy = await fixture.listOne('STATUS_MISMATCH', rowOf(id, alia.id, { confirmed: 'НЕТ' }));
    return { alia, id, discrepancy };
  }

  it('is not confirmed to Kaspi afterwards, neither by itself nor by an operator', async () => {
    const { alia, id, discrepancy } = await confirmedButUnlisted();
    await fixture.settled(discrepancy, 'GIVE_BACK');
    expect(await alia.balance()).toBe('100.00');
    expect(await waiting(id)).toEqual([]);
    notify = PAID;
    const sent = fixture.registries.kaspi.of('notifyPayment').length;
    await deliver();
    const [done] = await query(`select id from outbox_done where topic = 'notifyPayment' and key = $1`, id);
    const retry = await fixture.registries.send('POST', `outbox/${done?.id}/retry`, {}, 'operations');
    expect(retry.status).toBe(409);
    await deliver();
    expect(fixture.registries.kaspi.of('notifyPayment')).toHaveLength(sent);
    await fixture.expectEnded();
  });

  it('waits for an attempt under way: if Kaspi answers it with a receipt, the customer keeps the purchase and not the money', async () => {
    const { alia, id, discrepancy } = await confirmedButUnlisted();
    const held = Promise.withResolvers<Reply>();
    notify = () => held.promise;
    const sent = fixture.registries.kaspi.of('notifyPayment').length;
    const delivered = deliver();
    await until(
      'the attempt',
      () => fixture.registries.kaspi.of('notifyPayment').length,
      (now) => now > sent,
    );
    const settled = fixture.settle(discrepancy, 'GIVE_BACK');
    held.resolve(PAID());
    expect(await settled).toMatchObject({ status: 409, body: { detail: expect.stringContaining('прислал чек') } });
    await delivered;
    expect(await alia.balance()).toBe('0.00');
    expect(await waiting(id)).toEqual([]);
    // Kaspi's next registry agrees, or lists it with НЕТ once more.
    fixture.registries.clock.advance(60_000);
    const again = await fixture.listOne('STATUS_MISMATCH', rowOf(id, alia.id, { confirmed: 'НЕТ' }));
    await fixture.settled(again, 'GIVE_BACK');
    expect(await alia.balance()).toBe('100.00');
  });

  it('keeps its notify, for the receipt, if only the difference is booked', async () => {
    const { alia, id, discrepancy } = await confirmedButUnlisted();
    await fixture.settled(discrepancy, 'BOOK_DIFFERENCE');
    expect(await waiting(id)).toHaveLength(1);
    expect(await alia.balance()).toBe('0.00');
  });
});
