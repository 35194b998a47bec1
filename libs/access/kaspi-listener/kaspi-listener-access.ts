import { X509Certificate } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { createSecureContext, type TLSSocket } from 'node:tls';
import type { Settings } from '@mpp/config';
import { pemOf, usable } from '@mpp/platform';
import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

const PROBES = /^\/health\/(live|ready)(\?|$)/;

/**
 * Lets nobody but the PS through: by where the connection comes from and, where TLS is set, by a client certificate of
 * the given authority. Anyone else gets 403 and no word. The health checks answer to all: probes come from elsewhere.
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
    const known = isIP(address) !== 0 && allowed.check(address, family);
    const certified = !needsCertificate || (socket as TLSSocket).authorized === true;
    if (known && certified) return done();
    log.warn(`refused ${address}: ${known ? 'no certificate of KASPI_TLS_CA' : 'not in KASPI_ALLOWED_CIDRS'}`);
    // What it sends is not read: the connection ends with the answer.
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
 * What the door's TLS is made of; null where it has none. Each setting is a file's path, or the PEM text itself. Throws
 * {@link SettingsError} where one cannot be used. Whoever has no certificate is answered all the same, by 403.
 */
export function kaspiListenerTls(settings: Settings) {
  const { KASPI_TLS_CERT, KASPI_TLS_KEY, KASPI_TLS_CA } = settings;
  if (KASPI_TLS_CERT === undefined || KASPI_TLS_KEY === undefined || KASPI_TLS_CA === undefined) return null;
  const cert = pemOf('KASPI_TLS_CERT', KASPI_TLS_CERT);
  const key = pemOf('KASPI_TLS_KEY', KASPI_TLS_KEY);
  const ca = pemOf('KASPI_TLS_CA', KASPI_TLS_CA);
  usable('KASPI_TLS_CERT', () => createSecureContext({ cert }));
  usable('KASPI_TLS_KEY', () => createSecureContext({ cert, key }));
  // A context takes an authority without a certificate, and would then refuse everybody.
  usable('KASPI_TLS_CA', () => new X509Certificate(ca));
  return { cert, key, ca, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2' as const };
}
