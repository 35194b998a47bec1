import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { Reply } from '../support/kaspi-peer.js';

/** Longer than any timeout of the servers, so that they give up first. */
const GIVEN_UP_MS = 1500;

export interface Forwarded {
  readonly method: 'GET' | 'POST';
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Uses a connection of its own, closed with the answer, so that no idle connection delays the other side's stop. */
export function send(url: string, { method, headers, body }: Forwarded): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(GIVEN_UP_MS);
    const request = http.request(url, { method, headers, agent: false, signal });
    request.once('error', reject).once('response', (response) => {
      text(response).then((all) => resolve({ status: response.statusCode ?? 0, text: all }), reject);
    });
    request.end(method === 'POST' ? body : undefined);
  });
}

/** Forwards a request. Returns the answer, or the failure that its sender sees. */
export async function forward(url: string, request: Forwarded): Promise<Reply> {
  try {
    return await send(url, request);
  } catch (error) {
    return (error as Error).name === 'AbortError' ? 'hang' : 'reset';
  }
}

/** A call that is delayed. */
export interface Held {
  readonly arrived: Promise<void>;
  /** Resolves when the call is completed after its release. */
  readonly over: Promise<void>;
  release(): void;
}

/** A point at which a call waits until it is released. */
export class Gate {
  readonly held: Held;
  readonly arrived: () => void;
  readonly passed: () => void;
  readonly released: Promise<void>;

  constructor(private readonly gone: () => void = () => undefined) {
    const [hasArrived, arrived] = signal();
    const [released, release] = signal();
    const [over, passed] = signal();
    this.arrived = arrived;
    this.passed = passed;
    this.released = released;
    this.held = {
      arrived: hasArrived,
      over,
      release: () => {
        this.gone();
        release();
      },
    };
  }
}

function signal(): [Promise<void>, () => void] {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return [given, give];
}
