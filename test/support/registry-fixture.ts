import { Reconciliation, RegistryProcessing } from '@mpp/registries';
import { Books } from './books.js';
import { createDatabase, type TestDatabase } from './database.js';
import { KaspiPeer } from './kaspi-peer.js';
import { startTestServer, type TestServer } from './mpp.js';
import { registryFile, type WrittenRow, type WrittenTotals } from './registry-files.js';
import { TestClock } from './test-clock.js';

export interface RegistryBody extends Record<string, unknown> {
  id: string;
  status: string;
  failure: string | null;
  rows: number;
  matched: number;
  discrepancies: number;
  openDiscrepancies: number;
}

export interface DiscrepancyBody extends Record<string, unknown> {
  id: string;
  kind: string;
  row: number | null;
  mppPaymentId: string | null;
  expected: string | null;
  actual: string | null;
  status: string;
  note: string | null;
  proposal: string | null;
  history?: { actor: string | null; status: string; note: string | null }[];
}

/** A server with books that a test writes and registries that it uploads; background work is off. */
export class RegistryFixture {
  private constructor(
    readonly database: TestDatabase,
    readonly kaspi: KaspiPeer,
    readonly server: TestServer,
    readonly clock: TestClock,
    readonly books: Books,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<RegistryFixture> {
    const database = await createDatabase();
    const kaspi = await KaspiPeer.start();
    const clock = new TestClock();
    const addresses = { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url };
    const server = await startTestServer({ ...addresses, BACKGROUND_WORK: 'off', CONFIRM_WAIT_MS: '0', ...env }, clock);
    return new RegistryFixture(database, kaspi, server, clock, new Books(database));
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.kaspi.close();
    await this.database.drop();
  }

  get processing(): RegistryProcessing {
    return this.server.app.get(RegistryProcessing, { strict: false });
  }

  get reconciliation(): Reconciliation {
    return this.server.app.get(Reconciliation, { strict: false });
  }

  /** Uploads a registry and processes it. */
  async receiveRegistry(
    kind: 'DAILY' | 'MONTHLY',
    rows: readonly WrittenRow[],
    totals?: WrittenTotals | null,
  ): Promise<RegistryBody> {
    return this.receiveFile(await registryFile(kind, rows, totals));
  }

  async receiveFile(content: Uint8Array): Promise<RegistryBody> {
    const { body } = await this.server.mpp.upload(content);
    await this.processing.drainOnce();
    return this.registry(body.id);
  }

  async registry(id: string): Promise<RegistryBody> {
    return (await this.get<RegistryBody>(`registries/${id}`)).body;
  }

  async listDiscrepancies(id: string): Promise<DiscrepancyBody[]> {
    return (await this.get<{ items: DiscrepancyBody[] }>(`registries/${id}/discrepancies?limit=200`)).body.items;
  }

  /** Each discrepancy as text: kind, row, expected, actual, and the status unless it is OPEN. */
  async discrepancyLines(id: string): Promise<string[]> {
    const items = await this.listDiscrepancies(id);
    return items.map(({ kind, row, expected, actual, status }) =>
      [kind, row ?? '-', expected ?? '-', actual ?? '-', ...(status === 'OPEN' ? [] : [status])].join(' | '),
    );
  }

  async get<Body extends Record<string, unknown>>(path: string, role = 'accounting') {
    const token = await this.server.mpp.teamToken(role);
    return this.server.mpp.call<Body>('GET', `/ops/v1/${path}`, { token });
  }

  async send<Body extends Record<string, unknown>>(method: string, path: string, body?: unknown, role = 'accounting') {
    const token = await this.server.mpp.teamToken(role);
    return this.server.mpp.call<Body>(method, `/ops/v1/${path}`, { token, body });
  }
}
