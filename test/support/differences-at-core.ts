import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { DifferencesFixture, type SettledBody } from './differences-fixture.js';
import { happyKaspi } from './kaspi-peer.js';
import type { WrittenRow } from './registry-files.js';
import { until } from './until.js';

interface AtCore extends SettledBody {
  coreOperations: { kind: string; state: string; accountId: string; amount: string; reason: string | null }[];
}

/** A server at a simulated bank's core, its customers, and registries that differ: registers the hooks that start and stop them. */
export function differencesAtCore() {
  let bank: RunningSimulator;
  let fixture: DifferencesFixture;
  let customers = 0;
  const newOperation = () => `QR80000${++customers}`;

  beforeAll(async () => {
    bank = await startSimulator({ port: 0, storeFile: null, refundUrl: 'http://127.0.0.1:9' });
    fixture = await DifferencesFixture.start({
      CORE_BANKING_URL: bank.core.url,
      CORE_BANKING_RETRY_BASE_MS: '1',
      CORE_BANKING_RETRY_MAX_MS: '1',
    });
    const happy = happyKaspi({ confirmUntil: null });
    const paid = () => ({
      result: { resultCode: 'SUCCESS', resultMessage: 'success' },
      pdfReceipt: `https://receipt.kaspi.kz/pdf?extTranId=${newOperation()}`,
    });
    fixture.registries.kaspi.script = (request, index) =>
      request.path.endsWith('/notifyPayment') ? { json: paid() } : happy(request, index);
  });

  beforeEach(() => {
    fixture.beginDayOfClock();
  });

  afterEach(() => bank.faults.clear());

  afterAll(async () => {
    await fixture?.stop();
    await bank?.stop();
  });

  async function deliver(): Promise<void> {
    fixture.registries.clock.advance(10);
    await fixture.registries.server.app.get(Outbox, { strict: false }).drainOnce();
  }

  /** A customer with accounts at the bank, the first of which pays. */
  async function customer(...balances: string[]) {
    const id = `8009${String(++customers).padStart(8, '0')}`;
    const accounts = balances.map(
      (balance) => bank.core.openAccount({ customerId: id, name: 'Зарплатный', balance }).id,
    );
    const calls = await fixture.registries.server.mpp.as(id);
    const atBank = () => bank.core.accounts(id).map(({ balance }) => balance);
    const moved = () =>
      bank.core
        .operations({ customerId: id })
        .map(({ kind, outcome, amount }) => `${kind} ${outcome} ${amount}`)
        .toReversed();
    return { ...calls, id, accounts, atBank, moved };
  }
  type Customer = Awaited<ReturnType<typeof customer>>;

  /** A confirmed payment of 100.00. */
  async function pay(who: Customer) {
    const code = `core-${++customers}`;
    const { id } = (await who.scan(code)).body.payment;
    await who.confirm(id, { accountId: who.accounts[0] });
    const status = async () => {
      await deliver();
      return (await who.payment(id)).body.status;
    };
    await until('the payment is confirmed', status, (now) => now === 'CONFIRMED');
    const [receipt] = await fixture.registries.database.query<{ operation: string }>(
      'select kaspi_operation_id as operation from receipts where payment_id = $1',
      [id],
    );
    return { id, customerId: who.id, purchase: `ps-${code}`, operation: receipt?.operation ?? '' };
  }

  type Paid = Awaited<ReturnType<typeof pay>>;

  const unknownRow = (customerId: string): WrittenRow => ({
    ...{ at: fixture.registries.clock.now(), amount: 10_000n, fee: 50n, rate: '0,50', mcc: '5812' },
    ...{ kaspiOperationId: newOperation(), customerId },
  });

  const rowOf = ({ id, customerId, operation }: Paid, given: Partial<WrittenRow> = {}): WrittenRow => ({
    ...{ ...unknownRow(customerId), mppPaymentId: id, kaspiOperationId: operation, ...given },
  });

  async function read({ id }: { id: string }): Promise<AtCore> {
    return (await fixture.registries.get<AtCore>(`discrepancies/${id}`)).body;
  }

  /** What was requested from the core, as "kind state amount". */
  const requested = async (discrepancy: { id: string }) =>
    (await read(discrepancy)).coreOperations.map(({ kind, state, amount }) => `${kind} ${state} ${amount}`);

  /** What the core refused of it, or did not answer, as the alerts have it: "kind reason". */
  async function alerts({ id }: { id: string }, kind = 'DIFFERENCE_REFUSED'): Promise<string[]> {
    type Found = { items: { details: { discrepancyId: string; kind: string; reason: string } }[] };
    const { body } = await fixture.registries.get<Found>(`alerts?kind=${kind}&limit=100`, 'operations');
    const own = body.items.map(({ details }) => details).filter(({ discrepancyId }) => discrepancyId === id);
    return own.map((details) => `${details.kind} ${details.reason}`);
  }

  /** The books have on the accounts at the core what the bank moved. */
  async function expectSameAsBank(who: Customer, before: number): Promise<void> {
    const atBank = who.atBank().reduce((sum, balance) => sum + Number(balance), 0);
    expect(Number(await fixture.balanceOf(who.id))).toBe(atBank - before);
  }

  /** Messages are delivered until the core has answered like this. */
  async function untilRequested(discrepancy: { id: string }, ...lines: string[]): Promise<void> {
    const now = async () => {
      await deliver();
      return requested(discrepancy);
    };
    await until(lines.join(', '), now, (found) => [...found].sort().join() === [...lines].sort().join());
  }

  return {
    ...{ deliver, customer, pay, unknownRow, rowOf, read, requested, untilRequested, alerts, expectSameAsBank },
    bank: () => bank,
    differences: () => fixture,
  };
}
