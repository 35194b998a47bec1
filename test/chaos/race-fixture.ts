import { beforeAll, beforeEach } from '@jest/globals';
import { happyKaspi } from '../support/kaspi-peer.js';
import type { PaymentBody } from '../support/mpp.js';
import { until } from '../support/until.js';
import { twoProcesses } from './two-processes.js';

export const ALIA = '900900000001';

/** Two processes with quick retries, and a customer whose calls they get at the same moment. */
export function raceFixture() {
  const fixture = twoProcesses({
    CONFIRM_WAIT_MS: '5000',
    CONFIRM_MARGIN_MS: '0',
    EXPIRY_POLL_MS: '10',
    IN_DOUBT_AFTER_MS: '1',
    NOTIFY_RETRY_BASE_MS: '20',
    NOTIFY_RETRY_MAX_MS: '40',
    OUTBOX_POLL_MS: '10',
  });
  let purchases = 0;

  beforeAll(() => fixture.one.mpp.open(ALIA, '100000.00'));

  beforeEach(() => {
    fixture.kaspi.script = happyKaspi();
    fixture.kaspi.arrived.length = 0;
  });

  const callers = () => Promise.all([fixture.one.mpp.as(ALIA), fixture.two.mpp.as(ALIA)]);
  const journal = async (id: string) =>
    (
      await fixture.database.query<{ purpose: string }>(
        'select purpose from ledger_entries where reference = $1 order by id',
        [id],
      )
    ).map(({ purpose }) => purpose);
  const tiyn = async () => {
    const rows = await fixture.database.query<{ balance: string }>(
      'select balance from ledger_accounts where customer_id = $1',
      [ALIA],
    );
    return BigInt(rows[0]?.balance ?? 0);
  };
  const untilStatus = async (id: string, ...statuses: string[]) => {
    const caller = await fixture.two.mpp.as(ALIA);
    const { body } = await until(
      `${id} becomes ${statuses.join(' or ')}`,
      () => caller.payment(id),
      (answer) => statuses.includes(answer.body.status),
    );
    return body;
  };
  const notified = (id: string) =>
    fixture.kaspi
      .of('notifyPayment')
      .map(({ body }) => JSON.parse(body) as { result: { resultCode: string }; payment: { mppPaymentId: string } })
      .filter(({ payment }) => payment.mppPaymentId === id)
      .map(({ result }) => result.resultCode);

  async function scanned(qrCode = 'race'): Promise<PaymentBody> {
    const [alia] = await callers();
    return (await alia.scan(`${qrCode}-${++purchases}`)).body.payment;
  }

  /** Both calls have read the payment and wait for its lock before either may write; the first one writes first. */
  async function meet<A, B>(id: string, first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
    const gate = await fixture.database.connect();
    try {
      await gate.query('begin');
      await gate.query('select 1 from qr_payments where id = $1 for update', [id]);
      const waiting = (count: number) =>
        until(
          `${count} wait to write`,
          () =>
            // Not in the gate's session: inside a transaction the view does not change.
            fixture.database.query(
              `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
            ),
          (blocked) => blocked.length === count,
        );
      const one = first();
      await waiting(1);
      const other = second();
      await waiting(2);
      await gate.query('commit');
      return await Promise.all([one, other]);
    } finally {
      await gate.end();
    }
  }

  return { fixture, callers, journal, tiyn, untilStatus, notified, scanned, meet };
}
