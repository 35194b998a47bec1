import type { CoreFixture, Customer } from './core-fixture.js';
import { ACCEPTED, PsRefunds } from './ps-refunds.js';

/** A payment from an account at the core that the PS can refund. */
export interface Bought {
  readonly alia: Customer;
  /** Our id of the payment. */
  readonly id: string;
  readonly purchase: { readonly paymentId: string; readonly customerId: string };
}

/** Refunds of payments that a bank's core debited. */
export class CoreRefunds {
  private count = 0;

  constructor(readonly fixture: CoreFixture) {}

  /** A customer who has paid 100.00 from the first account; `accounts` are all accounts at the core. */
  async paid(...accounts: string[]): Promise<Bought> {
    const { fixture } = this;
    const alia = await fixture.customer();
    if (accounts.length > 0) this.has(alia, ...accounts);
    const id = await fixture.debiting(alia);
    await fixture.quiet();
    const { kaspi_payment_id, status } = await fixture.row(id);
    if (status !== 'CONFIRMED') throw new Error(`the payment is ${status}`);
    return { alia, id, purchase: { paymentId: String(kaspi_payment_id), customerId: alia.id } };
  }

  /** Sets the customer's open accounts, the first one preferred. */
  has(alia: Customer, ...accounts: string[]): void {
    this.fixture.core.has(alia.id, ...accounts.map((id, index) => ({ id, preferred: index === 0 })));
  }

  /** The PS refunds an amount and is answered SUCCESS. Returns the PS's refundId and our id. */
  async refund({ purchase }: Bought, refundAmount = '30.00', server = this.fixture.server) {
    const refundId = `CoreRefund${++this.count}`;
    const reply = await new PsRefunds(`${server.kaspiUrl}/refund`).refund({ ...purchase, refundId, refundAmount });
    if (reply.result?.resultCode !== ACCEPTED.resultCode) throw new Error(`the refund is ${reply.text}`);
    return { refundId, id: String((await this.row(refundId)).id) };
  }

  async row(refundId: string): Promise<Record<string, unknown>> {
    const [row] = await this.fixture.database.query('select * from refunds where refund_id = $1', [refundId]);
    if (row === undefined) throw new Error(`refund ${refundId} does not exist`);
    return row;
  }

  async status(refundId: string): Promise<string> {
    return (await this.row(refundId)).status as string;
  }

  /** The credits requested at the core, in order, with their states. */
  async credits(id: string): Promise<string[]> {
    const rows = await this.fixture.database.query(
      `select core_account, state from core_operations where subject = $1 and kind = 'CREDIT' order by requested_at, kind, ordinal`,
      [id],
    );
    return rows.map(({ core_account, state }) => `${core_account} ${state}`);
  }
}
