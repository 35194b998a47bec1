import type { X509Certificate } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { Unfit } from '@mpp/platform';
import { validUntil } from './certificates.js';
import { type Found, note } from './report.js';

export const ANSWERS_WITHIN_MS = 5000;
const LONGEST_ANSWER = 1024 * 1024;

export interface Question {
  readonly url: string;
  /** Where the address is from: the mend names it. */
  readonly setting: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly tls?: https.RequestOptions;
  /** How the authority of another program's certificate is made known. */
  readonly trust?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Of the peer; null without TLS. */
  readonly certificate: X509Certificate | null;
}

/** Sends one GET, without redirects or a proxy, and returns the answer of any status. Throws {@link Unfit} if none comes. */
export async function ask(question: Question): Promise<Answer> {
  const { url, headers = {}, tls = {} } = question;
  const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const options = { headers: { 'user-agent': 'mpp-server doctor', ...headers }, agent: false, signal } as const;
      const request = url.startsWith('https:')
        ? https.request(url, { ...options, ...tls })
        : http.request(url, options);
      let certificate: X509Certificate | null = null;
      request.once('socket', (socket) =>
        socket.once('secureConnect', () => {
          certificate = (socket as TLSSocket).getPeerX509Certificate() ?? null;
        }),
      );
      request.once('response', async (response) => {
        try {
          resolve({ status: response.statusCode ?? 0, text: await read(response), certificate });
        } catch (error) {
          reject(error);
        }
      });
      request.once('error', reject).end();
    });
  } catch (error) {
    throw peerProblem(signal.aborted ? { code: 'ETIMEDOUT' } : error, new URL(url).origin, question);
  }
}

/** For a peer of which any answer will do. */
export function answered(question: Question, { status, certificate }: Answer): Found {
  const text = `${new URL(question.url).origin} answers (HTTP ${status})`;
  if (certificate === null) return text;
  const { until, isSoon } = validUntil(certificate);
  return isSoon
    ? note(`${text}, but its certificate ends soon, on ${until}`)
    : `${text}, certificate valid until ${until}`;
}

/** What an error of a connection means, and what to do about it. */
export function peerProblem(error: unknown, where: string, { setting, trust = TRUST }: Omit<Question, 'url'>): Unfit {
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  const [, reason, mend] = PROBLEMS.find(([codes]) => codes.test(code)) ?? [
    '',
    `gives no answer: ${code || message}`,
    '',
  ];
  return new Unfit(
    `${where} ${reason}`,
    (mend || 'correct SETTING').replace('SETTING', setting).replace('TRUST', trust),
  );
}

const TRUST = 'set NODE_EXTRA_CA_CERTS to the file of its authority';

const PROBLEMS: readonly (readonly [codes: RegExp, reason: string, mend: string])[] = [
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'has no address', 'correct the host in SETTING, or the DNS of this machine'],
  [/^ECONNREFUSED$/, 'refuses the connection', 'start the program there, or correct the port in SETTING'],
  [
    /^(ETIMEDOUT|E(HOST|NET)(UNREACH|DOWN)|CONNECT_TIMEOUT|GREETING_TIMEOUT|UPGRADE_TIMEOUT)$/,
    `does not answer in ${ANSWERS_WITHIN_MS / 1000} s`,
    'open the way there in the firewalls, or correct SETTING',
  ],
  [/^CERT_HAS_EXPIRED$/, 'has a certificate that has expired', 'its operator must renew it'],
  [/^CERT_NOT_YET_VALID$/, 'has a certificate that is not valid yet', 'check the clock of this machine'],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'has a certificate of another host',
    'name in SETTING the host of the certificate',
  ],
  [
    /SELF_SIGNED|UNABLE_TO|UNTRUSTED|INVALID_CA|CERT_SIGNATURE/,
    'has a certificate of an authority that is not trusted',
    'TRUST',
  ],
  [
    /ALERT|HANDSHAKE/,
    'refuses the TLS connection',
    'it may need a client certificate, or one of another authority: ask its operator, and see SETTING',
  ],
  [/^(EPROTO|ERR_SSL_.*)$/, 'does not speak TLS as we do', 'correct https:// or the port in SETTING'],
  [/^HPE_/, 'does not speak HTTP', 'correct the port in SETTING'],
  [/^(ECONNRESET|EPIPE)$/, 'closes the connection', 'it may not admit this machine: ask its operator, and see SETTING'],
];

async function read(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > LONGEST_ANSWER) break;
  }
  return Buffer.concat(chunks).toString();
}
