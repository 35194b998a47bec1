import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const AT_ONCE = 32;
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5) * 2;

export const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

export function post(url: string, body: unknown, token?: string): Promise<Answer> {
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
export async function pay(server: string, simulator: string, token: string): Promise<number> {
  const { body: qr } = await post(`${simulator}/pos/qr`, { type: 'Dynamic', amount: '100.00' });
  const scanned = await post(`${server}/v1/scans`, { qrCode: qr.qrCode }, token);
  const { id } = scanned.body.payment as { id: string };
  const started = performance.now();
  const confirmed = await post(`${server}/v1/payments/${id}/confirm`, {}, token);
  if (confirmed.body.status !== 'CONFIRMED')
    throw new Error(`payment ${id} is ${confirmed.status} ${JSON.stringify(confirmed.body)}`);
  return performance.now() - started;
}

/** As many at once as `AT_ONCE`; returns how many per second. */
export async function atFullRate(once: (n: number) => Promise<number>): Promise<number> {
  const until = performance.now() + SECONDS * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (performance.now() < until) await once(done++);
    }),
  );
  return done / SECONDS;
}

/** Starts payments at a steady rate, whether the ones before have ended or not. */
export async function atRate(rate: number, once: (n: number) => Promise<number>): Promise<number[]> {
  const running: Promise<number>[] = [];
  const started = performance.now();
  for (let n = 0; n < rate * SECONDS; n++) {
    const due = started + (n * 1000) / rate;
    if (due > performance.now()) await pause(due - performance.now());
    running.push(once(n));
  }
  return Promise.all(running);
}

export function percentile(milliseconds: readonly number[], share: number): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(0);
}
