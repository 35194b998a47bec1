import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Settings } from '@mpp/config';
import { Unfit } from '@mpp/platform';
import { listenProblem } from '../listen-problem.js';
import { ask } from './peer.js';
import { check, type Finding } from './report.js';

/** Whether both listeners can be opened, or a running server has them. */
export function checkListeners(settings: Settings): Promise<Finding>[] {
  const { PORT, HOST, KASPI_LISTEN_PORT, KASPI_LISTEN_HOST, KASPI_TLS_CERT } = settings;
  const scheme = KASPI_TLS_CERT === undefined ? 'http' : 'https';
  return [
    check('public listener', () => checkPort('PORT', PORT, HOST, 'http')),
    check('Kaspi-facing listener', () => checkPort('KASPI_LISTEN_PORT', KASPI_LISTEN_PORT, KASPI_LISTEN_HOST, scheme)),
  ];
}

async function checkPort(setting: string, port: number, host: string, scheme: 'http' | 'https'): Promise<string> {
  const problem = await problemOf(port, host);
  if (problem === null) return port === 0 ? 'any free port' : `port ${port} on ${host} is free`;
  if (problem.code === 'EADDRINUSE' && (await isServer(`${scheme}://${localHost(host)}:${port}`, setting))) {
    return `a running server has port ${port} on ${host}`;
  }
  throw new Unfit(
    listenProblem(problem, port, host) ?? problem.message,
    `correct ${setting} or its host, or stop that program`,
  );
}

/** Opens the port and closes it at once. */
async function problemOf(port: number, host: string): Promise<NodeJS.ErrnoException | null> {
  const server = createServer();
  try {
    await once(server.listen({ port, host }), 'listening');
    server.close();
    return null;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

async function isServer(url: string, setting: string): Promise<boolean> {
  try {
    const { text } = await ask({ url: `${url}/health/ready`, setting, tls: { rejectUnauthorized: false } });
    return (JSON.parse(text) as { details?: { migrations?: object } }).details?.migrations !== undefined;
  } catch {
    return false;
  }
}

function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
