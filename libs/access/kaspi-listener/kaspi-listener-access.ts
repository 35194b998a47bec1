import { X509Certificate } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { createSecureContext, type TLSSocket } from 'node:tls';
import type { Settings } from '@mpp/config';
import { pemOf, usable } from '@mpp/platform';
import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

const PROBES = /^\/health\/(live|ready)(\?|$)/;

/**
 * Admits only the PS: by the address of the connection and, with TLS, by a client certificate of the configured authority.
 * Other callers receive 403 without a body. Health checks are open to all addresses.
 */
export function guardKaspiListener(fastify: FastifyInstance, settings: Settings): void {
  const log = new Logger('KaspiListener');
  const allowed = networksOf(settings.KASPI_ALLOWED_CIDRS);
  const needsCertificate = settings.KASPI_TLS_CA !== undefined;
  fastify.addHook('onRequest', (request, reply, done) => {
    if (PROBES.test(request.url)) return done();
    const { socket } = request.raw;
    const address = socket.remoteAddress ?? '';
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const inNetwork = isIP(address) !== 0 && allowed.check(address, family);
    const certified = !needsCertificate || (socket as TLSSocket).authorized === true;
    if (inNetwork && certified) return done();
    log.warn(`refused ${address}: ${inNetwork ? 'no certificate of KASPI_TLS_CA' : 'not in KASPI_ALLOWED_CIDRS'}`);
    // The body is not read: the connection ends with the answer.
    void reply.status(403).header('connection', 'close').send();
  });
}

function networksOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', prefix = ''] = cidr.split('/');
    list.addSubnet(network, Number(prefix), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/**
 * The TLS options of the Kaspi-facing listener; null if the settings name none. Each setting is the path of a file or the PEM
 * text itself. Throws {@link SettingsError} if one cannot be used. A caller without a certificate is answered with 403.
 */
export function kaspiListenerTls(settings: Settings) {
  const { KASPI_TLS_CERT, KASPI_TLS_KEY, KASPI_TLS_CA } = settings;
  if (KASPI_TLS_CERT === undefined || KASPI_TLS_KEY === undefined || KASPI_TLS_CA === undefined) return null;
  const cert = pemOf('KASPI_TLS_CERT', KASPI_TLS_CERT);
  const key = pemOf('KASPI_TLS_KEY', KASPI_TLS_KEY);
  const ca = pemOf('KASPI_TLS_CA', KASPI_TLS_CA);
  usable('KASPI_TLS_CERT', () => createSecureContext({ cert }));
  usable('KASPI_TLS_KEY', () => createSecureContext({ cert, key }));
  // createSecureContext accepts an authority that is no certificate; the listener would then refuse every caller.
  usable('KASPI_TLS_CA', () => new X509Certificate(ca));
  return { cert, key, ca, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2' as const };
}
