import { isIPv6 } from 'node:net';
import type { Settings } from '@mpp/config';
import type { Plan } from './plan.js';
import { freePort, type Listener } from './ports.js';

const LOOPBACK = '127.0.0.1';
const EVERYWHERE = new Set(['0.0.0.0', '::', '']);

/** Every port of this start. */
export interface Listeners {
  readonly server: Listener;
  readonly kaspi: Listener;
  readonly simulator: Listener | null;
}

export async function listenersOf({ settings, simulatorPort }: Plan): Promise<Listeners> {
  const host = settings.KASPI_LISTEN_HOST;
  // The simulator starts before the server, and must know where the server will listen.
  const port = settings.KASPI_LISTEN_PORT === 0 ? await freePort(host) : settings.KASPI_LISTEN_PORT;
  return {
    server: { variable: 'PORT', host: settings.HOST, port: settings.PORT },
    kaspi: { variable: 'KASPI_LISTEN_PORT', host, port },
    simulator: simulatorPort === null ? null : { variable: 'SIMULATOR_PORT', host: LOOPBACK, port: simulatorPort },
  };
}

/** Where a simulator on this machine finds the Kaspi-facing listener. */
export function refundUrlOf(
  { host, port }: Listener,
  { KASPI_REFUND_PATH: path, KASPI_TLS_CERT: certificate }: Pick<Settings, 'KASPI_REFUND_PATH' | 'KASPI_TLS_CERT'>,
): string {
  const scheme = certificate === undefined ? 'http' : 'https';
  const address = EVERYWHERE.has(host) ? LOOPBACK : host;
  return `${scheme}://${isIPv6(address) ? `[${address}]` : address}:${port}${path}`;
}
