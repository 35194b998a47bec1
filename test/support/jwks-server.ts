import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** A key of the bank's issuer: the public part is served, the private part signs. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

export async function issuerKey(alg: string, kid: string): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid } };
}

/** A token of the bank's issuer; `header` overrides the key's header fields. */
export function signed(key: IssuerKey, claims: Record<string, unknown>, header: object = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey);
}

/**
 * The bank's key server: a real HTTP server that gives the planned answer and counts the requests. It can be closed and opened
 * again on the same port.
 */
export class JwksServer {
  keys: readonly IssuerKey[] = [];
  /** If set, the answer instead of the keys. */
  answer: { readonly status: number; readonly text: string } | null = null;
  requestCount = 0;
  private server: http.Server | null = null;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}/jwks.json`;
  }

  async open(): Promise<void> {
    this.server = http.createServer((_, response) => {
      this.requestCount++;
      const { status, text } = this.answer ?? {
        status: 200,
        text: JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) }),
      };
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
    await new Promise<void>((resolve, reject) => {
      this.server?.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** From now on connections are refused. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server === null) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
