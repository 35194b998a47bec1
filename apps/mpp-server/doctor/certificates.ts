import { X509Certificate } from 'node:crypto';
import { kaspiListenerTls } from '@mpp/access';
import type { Settings } from '@mpp/config';
import { coreTls } from '@mpp/core-banking';
import { Unfit } from '@mpp/platform';
import { check, type Finding, type Found, note, skip } from './report.js';

const DAY_MS = 24 * 3_600_000;
/** Time enough to get another one. */
const SOON_MS = 30 * DAY_MS;

/** Our own certificates: files that can be read, keys that match, and until when they are valid. */
export function checkCertificates(settings: Settings): Promise<Finding>[] {
  return [
    check('certificate of the Kaspi-facing listener', () => {
      const tls = kaspiListenerTls(settings);
      return tls === null ? skip('KASPI_TLS_CERT is not set') : ourCertificate('KASPI_TLS_CERT', tls.cert);
    }),
    check('client certificate for the core', () => {
      const { cert } = coreTls(settings);
      return cert === undefined
        ? skip('CORE_BANKING_TLS_CERT is not set')
        : ourCertificate('CORE_BANKING_TLS_CERT', cert);
    }),
  ];
}

/** The day of the end, and whether less than a month is left. */
export function validUntil(certificate: X509Certificate): { until: string; isSoon: boolean } {
  const { validToDate: end } = certificate;
  return { until: end.toISOString().slice(0, 10), isSoon: end.getTime() - Date.now() < SOON_MS };
}

/** The first certificate of a file is ours, those behind it are of its authorities. */
function ourCertificate(setting: string, pem: string): Found {
  const certificate = new X509Certificate(pem);
  const { until, isSoon } = validUntil(certificate);
  if (certificate.validToDate.getTime() < Date.now()) {
    throw new Unfit(`it has expired on ${until}`, `renew it, set ${setting} and its key, and restart the server`);
  }
  if (certificate.validFromDate.getTime() > Date.now()) {
    throw new Unfit('it is not valid yet', 'check the clock of this machine');
  }
  return isSoon ? note(`valid until ${until}: renew it`) : `valid until ${until}, and its key matches`;
}
