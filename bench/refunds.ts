import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { migrate } from '../apps/mpp-server/migration.js';
import { freePort } from '../apps/quickstart/network/ports.js';
import { CUSTOMERS, connect, customerOf, seedCustomers } from './database.js';
import { withDatabase } from './embedded.js';
import { agent, atFullRate, atRate, pay, percentile, post } from './load.js';
import { startProcess } from './processes.js';

/**
 * P7: the latency of the refund intake at 40 % of its own ceiling. And what a gateway that hangs costs payments and the
 * crediting of refunds: the same load with it and without one, as ratios.
 */
const PAYMENTS = 600;

interface Paid {
  customerId: string;
  kaspiPaymentId: string;
}

let refunds = 0;

async function refund(kaspi: string, { customerId, kaspiPaymentId }: Paid): Promise<number> {
  const started = performance.now();
  const answer = await post(`${kaspi}/refund`, {
    refundAmount: '0.01',
    customerId,
    paymentId: kaspiPaymentId,
    refundId: `bench-${process.pid}-${refunds++}`,
    linkReceipt: 'https://receipt.kaspi.kz/ext?extTranId=QR1&sale_date=2024-01-10+14:24:09.646',
  });
  const { resultCode } = answer.body.result as { resultCode: string };
  if (resultCode !== 'SUCCESS') throw new Error(`a refund was answered ${JSON.stringify(answer.body)}`);
  return performance.now() - started;
}

/** A gateway that takes every notification and never answers. */
async function hangingGateway(): Promise<string> {
  const server = http.createServer((request) => request.resume()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function measure(databaseUrl: string): Promise<void> {
  await migrate({ DATABASE_URL: databaseUrl });
  const client = await connect(databaseUrl);
  await seedCustomers(client);
  const children: ChildProcess[] = [];
  const kaspiPort = await freePort('127.0.0.1');
  const kaspi = `http://127.0.0.1:${kaspiPort}`;
  const store = path.join(folder, 'simulator.jsonl');
  const simulator = await startProcess('kaspi-simulator', { SIMULATOR_PORT: '0', SIMULATOR_FILE: store }, children);
  const settings = {
    DATABASE_URL: databaseUrl,
    KASPI_BASE_URL: simulator,
    PORT: '0',
    KASPI_LISTEN_PORT: String(kaspiPort),
  };

  async function serve(env: Record<string, string>) {
    const started: ChildProcess[] = [];
    const server = await startProcess('mpp-server', { ...settings, ...env }, started);
    const tokens = await Promise.all(
      Array.from(
        { length: CUSTOMERS },
        async (_, n) => (await post(`${server}/dev/token`, { customerId: customerOf(n) })).body.token as string,
      ),
    );
    const stop = async () => {
      const ended = started.map((child) => new Promise((resolve) => child.once('exit', resolve)));
      for (const child of started) child.kill('SIGKILL');
      await Promise.all(ended);
    };
    return { payOnce: (n: number) => pay(server, simulator, tokens[n % CUSTOMERS] ?? ''), stop };
  }

  const plain = await serve({});
  await atFullRate(plain.payOnce);
  const payments = await atFullRate(plain.payOnce);
  const confirms = await atRate(payments / 2, plain.payOnce);
  const { rows } = await client.query<Paid>(
    `select customer_id as "customerId", kaspi_payment_id as "kaspiPaymentId" from qr_payments
     where status = 'CONFIRMED' order by id desc limit $1`,
    [PAYMENTS],
  );
  const refundOnce = (n: number) => refund(kaspi, rows[n % rows.length] as Paid);
  await atFullRate(refundOnce);
  const ceiling = await atFullRate(refundOnce);
  const intakes = await atRate(ceiling * 0.4, refundOnce);
  process.stdout.write(
    `P7 refund intake: ceiling ${ceiling.toFixed(0)}/s; at 40 % of it: p50 ${percentile(intakes, 0.5)} ms, ` +
      `p99 ${percentile(intakes, 0.99)} ms (goal 50)\n`,
  );
  await plain.stop();

  const hung = await serve({
    NOTIFICATION_URL: await hangingGateway(),
    NOTIFICATION_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  });
  await atFullRate(hung.payOnce);
  const {
    rows: [before],
  } = await client.query<{ at: Date }>('select max(created_at) as at from refunds');
  const hungPayments = await atFullRate(hung.payOnce);
  const hungConfirms = await atRate(payments / 2, hung.payOnce);
  const hungIntakes = await atRate(ceiling * 0.2, refundOnce);
  const {
    rows: [credit],
  } = await client.query<{ p99: string; waiting: string }>(
    `select round(extract(epoch from percentile_cont(0.99) within group (order by credited_at - created_at)) * 1000) as p99,
       count(*) filter (where status <> 'CREDITED') as waiting from refunds where created_at > $1`,
    [before?.at],
  );
  process.stdout.write(
    `A gateway that hangs: payments ${(hungPayments / payments).toFixed(2)} of the rate without one ` +
      `(${hungPayments.toFixed(0)}/s, ${payments.toFixed(0)}/s); confirm at ${(payments / 2).toFixed(0)}/s p99 ` +
      `${percentile(hungConfirms, 0.99)} ms, ${percentile(confirms, 0.99)} ms without; refund intake p99 ` +
      `${percentile(hungIntakes, 0.99)} ms, credited p99 ${credit?.p99} ms, ${credit?.waiting} not yet\n`,
  );
  await hung.stop();
  for (const child of children) child.kill('SIGKILL');
  await client.end();
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'mpp-bench-'));
try {
  await withDatabase(folder, measure);
} finally {
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
