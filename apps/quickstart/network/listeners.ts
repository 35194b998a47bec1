import { isIPv6 } from 'node:net';
import type { Settings } from '@mpp/config';
import type { Plan } from '../settings/plan.js';
import { freePort, type Listener } from './ports.js';

const LOOPBACK = '127.0.0.1';
const ALL_ADDRESSES = new Set(['0.0.0.0', '::', '']);

/** All listeners of this start. */
export interface Listeners {
  readonly server: Listener;
  readonly kaspi: Listener;
  readonly simulator: Listener | null;
}

export async function planListeners({ settings, simulatorPort }: Plan): Promise<Listeners> {
  const host = settings.KASPI_LISTEN_HOST;
  // The simulator starts before the server and needs the server's port.
  const port = settings.KASPI_LISTEN_PORT === 0 ? await freePort(host) : settings.KASPI_LISTEN_PORT;
  return {
    server: { variable: 'PORT', host: settings.HOST, port: settings.PORT },
    kaspi: { variable: 'KASPI_LISTEN_PORT', host, port },
    simulator: simulatorPort === null ? null : { variable: 'SIMULATOR_PORT', host: LOOPBACK, port: simulatorPort },
  };
}

/** The URL of `/refund` for a simulator on this machine. */
export function refundUrlOf(
  { host, port }: Listener,
  { KASPI_REFUND_PATH: path, KASPI_TLS_CERT: certificate }: Pick<Settings, 'KASPI_REFUND_PATH' | 'KASPI_TLS_CERT'>,
): string {
  const scheme = certificate === undefined ? 'http' : 'https';
  const address = ALL_ADDRESSES.has(host) ? LOOPBACK : host;
  return `${scheme}://${isIPv6(address) ? `[${address}]` : address}:${port}${path}`;
}
