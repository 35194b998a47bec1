import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** The parts of DER and X.509 that test certificates need, so that no external tool is needed. */
const der = (tag: number, ...parts: (Buffer | string)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)));
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const pem = (bytes: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
const ECDSA_SHA256 = der(0x30, '06082a8648ce3d040302');
const nameOf = (name: string) => der(0x30, der(0x31, der(0x30, '0603550403', der(0x0c, Buffer.from(name)))));
const time = (at: number) =>
  der(0x17, Buffer.from(`${new Date(at).toISOString().slice(2, 19).replace(/[-T:]/g, '')}Z`));
const extension = (oid: string, value: Buffer) => der(0x30, oid, der(0x04, value));
const USE = { server: '06082b06010505070301', client: '06082b06010505070302' };
const DAY = 86_400_000;

export interface Certified {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
}

/** A certificate of an authority, a server or a client, signed by the given authority or by itself. */
export function certify(
  name: string,
  by: Certified | null,
  use: keyof typeof USE | 'authority',
  validDays = 1,
): Certified {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const extensions =
    use === 'authority'
      ? [extension('0603551d13', der(0x30, '0101ff'))]
      : [
          extension('0603551d25', der(0x30, USE[use])),
          extension('0603551d11', der(0x30, der(0x87, Buffer.from([127, 0, 0, 1])))),
        ];
  const signed = der(
    0x30,
    der(0xa0, '020102'),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    nameOf(by?.name ?? name),
    der(0x30, time(now - 2 * DAY), time(now + validDays * DAY)),
    nameOf(name),
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...extensions)),
  );
  const signature = sign('sha256', signed, by?.privateKey ?? privateKey);
  const cert = pem(der(0x30, signed, ECDSA_SHA256, der(0x03, '00', signature)));
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  return { name, cert, key, privateKey };
}
