import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { migrate } from '../apps/mpp-server/migrate.js';
import { CUSTOMERS, customerOf, seedCustomers } from './database.js';
import { withDatabase } from './embedded.js';
import { startProcess } from './processes.js';

/**
 * P6: whole payments (scan, confirm, notify, settle), server, simulator, database and load on one machine: the rate
 * under 32 customers at once, and the latency of confirm at half of that rate.
 */
const AT_ONCE = 32;
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5) * 2;

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

function post(url: string, body: unknown, token?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const request = http.request(url, { method: 'POST', agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () =>
        resolve({ status: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) }),
      );
    });
    request.once('error', reject);
    request.end(JSON.stringify(body));
  });
}

/** One customer pays once; returns the milliseconds of confirm. */
async function pay(server: string, simulator: string, token: string): Promise<number> {
  const { body: qr } = await post(`${simulator}/pos/qr`, { type: 'Dynamic', amount: '100.00' });
  const scanned = await post(`${server}/v1/scans`, { qrCode: qr.qrCode }, token);
  const { id } = scanned.body.payment as { id: string };
  const started = performance.now();
  const confirmed = await post(`${server}/v1/payments/${id}/confirm`, {}, token);
  if (confirmed.body.status !== 'CONFIRMED')
    throw new Error(`payment ${id} is ${confirmed.status} ${JSON.stringify(confirmed.body)}`);
  return performance.now() - started;
}

async function atFullRate(payOnce: (n: number) => Promise<number>): Promise<number> {
  const until = performance.now() + SECONDS * 1000;
  let paid = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (performance.now() < until) await payOnce(paid++);
    }),
  );
  return paid / SECONDS;
}

/** Starts payments at a steady rate, whether the ones before have ended or not. */
async function atRate(rate: number, payOnce: (n: number) => Promise<number>): Promise<number[]> {
  const running: Promise<number>[] = [];
  const started = performance.now();
  for (let n = 0; n < rate * SECONDS; n++) {
    const due = started + (n * 1000) / rate;
    if (due > performance.now()) await pause(due - performance.now());
    running.push(payOnce(n));
  }
  return Promise.all(running);
}

async function measure(databaseUrl: string): Promise<void> {
  await migrate(databaseUrl);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await seedCustomers(client);
  await client.end();

  const children: ChildProcess[] = [];
  const simulator = await startProcess(
    'kaspi-simulator',
    { SIMULATOR_PORT: '0', SIMULATOR_FILE: path.join(folder, 'truth.jsonl') },
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
  const latencies = (await atRate(rate / 2, payOnce)).sort((a, b) => a - b);
  const percentile = (p: number) => (latencies[Math.floor((latencies.length - 1) * p)] ?? Number.NaN).toFixed(0);
  process.stdout.write(
    `P6 whole payments: ${rate.toFixed(0)}/s (goal 300); confirm at ${(rate / 2).toFixed(0)}/s: ` +
      `p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms (goal 100)\n`,
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
