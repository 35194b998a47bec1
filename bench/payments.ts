import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { migrate } from '../apps/mpp-server/migration.js';
import { CUSTOMERS, connect, customerOf, seedCustomers } from './database.js';
import { withDatabase } from './embedded.js';
import { agent, atFullRate, atRate, pay, percentile, post } from './load.js';
import { startProcess } from './processes.js';

/**
 * P6: whole payments (scan, confirm, notify, settle), server, simulator, database and load on one machine: the rate
 * under 32 customers at once, and the latency of confirm at half of that rate.
 */
async function measure(databaseUrl: string): Promise<void> {
  await migrate({ DATABASE_URL: databaseUrl });
  const client = await connect(databaseUrl);
  await seedCustomers(client);
  await client.end();

  const children: ChildProcess[] = [];
  const simulator = await startProcess(
    'kaspi-simulator',
    { SIMULATOR_PORT: '0', SIMULATOR_FILE: path.join(folder, 'simulator.jsonl') },
    children,
  );
  const server = await startProcess(
    'mpp-server',
    { DATABASE_URL: databaseUrl, KASPI_BASE_URL: simulator, PORT: '0', KASPI_LISTEN_PORT: '0' },
    children,
  );
  const tokens = await Promise.all(
    Array.from(
      { length: CUSTOMERS },
      async (_, n) => (await post(`${server}/dev/token`, { customerId: customerOf(n) })).body.token as string,
    ),
  );
  const payOnce = (n: number) => pay(server, simulator, tokens[n % CUSTOMERS] ?? '');

  await atFullRate(payOnce);
  const rate = await atFullRate(payOnce);
  const latencies = await atRate(rate / 2, payOnce);
  process.stdout.write(
    `P6 whole payments: ${rate.toFixed(0)}/s (goal 300); confirm at ${(rate / 2).toFixed(0)}/s: ` +
      `p50 ${percentile(latencies, 0.5)} ms, p99 ${percentile(latencies, 0.99)} ms (goal 100)\n`,
  );
  for (const child of children) child.kill('SIGKILL');
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'mpp-bench-'));
try {
  await withDatabase(folder, measure);
} finally {
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
