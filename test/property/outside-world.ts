import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import type { TestDatabase } from '../support/database.js';
import { KaspiPeer, type Reply, refusal } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';
import { forward } from './forwarding.js';
import type { CoreKind } from './model-types.js';
import type { Bought } from './restore-life.js';
import { SETTINGS } from './settings.js';

const NOWHERE = 'http://127.0.0.1:9/refund';
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** The world outside the server, which forgets nothing: the PS, the bank's core, the gateway; it is shared by all runs. */
export class OutsideWorld {
  readonly clock = new TestClock();
  /** The PS refuses these purchases for good, with this code. */
  readonly refused = new Map<string, string>();
  server: TestServer | null = null;

  private constructor(
    readonly core: CoreKind,
    private readonly peer: KaspiPeer,
  ) {}

  simulator!: RunningSimulator;

  static async start(core: CoreKind): Promise<OutsideWorld> {
    const world = new OutsideWorld(core, await KaspiPeer.start());
    const refundUrl = () => (world.server === null ? NOWHERE : `${world.server.kaspiUrl}/refund`);
    world.simulator = await startSimulator({ port: 0, storeFile: null, refundUrl, clock: world.clock });
    world.peer.script = async ({ path, headers, body }): Promise<Reply> => {
      const { payment, result } = JSON.parse(body) as { payment?: { paymentId: string }; result?: object };
      const code = payment && result && world.refused.get(payment.paymentId);
      return code ? refusal(code) : forward(world.simulator.url + path, { method: 'POST', headers, body });
    };
    return world;
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    await this.simulator.stop();
    await this.peer.close();
  }

  async startServer(database: TestDatabase, env: Record<string, string> = {}): Promise<TestServer> {
    const core = this.core !== 'own ledger' && { CORE_BANKING_URL: this.simulator.core.url };
    const gateway = { NOTIFICATION_URL: `${this.simulator.url}/notifications`, NOTIFICATION_SECRET: SECRET };
    const addresses = { DATABASE_URL: database.url, KASPI_BASE_URL: this.peer.url, ...core, ...gateway };
    this.server = await startTestServer({ ...SETTINGS, ...addresses, ...env }, this.clock);
    return this.server;
  }

  async stopServer(): Promise<void> {
    await this.server?.stop();
    this.server = null;
  }

  purchase(id: string) {
    return this.simulator.purchases().find(({ paymentId }) => paymentId === id);
  }

  /** The purchase is paid by this customer, as the PS has it. */
  isPaidAtPs({ purchase, customer }: Pick<Bought, 'purchase' | 'customer'>): boolean {
    const atPs = this.purchase(purchase);
    return atPs?.status === 'CONFIRMED' && atPs.customerId === customer;
  }
}
