import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { Reply } from '../support/kaspi-peer.js';

/** Longer than any server waits: whoever hangs is given up by them first. */
const GIVEN_UP_MS = 1500;

export interface Forwarded {
  readonly method: 'GET' | 'POST';
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** On a connection of its own, which is over with the answer: none is left that would hold up the other side's end. */
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

/** What came of a request, for whoever waits on this side of the line. */
export async function forward(url: string, request: Forwarded): Promise<Reply> {
  try {
    return await send(url, request);
  } catch (error) {
    return (error as Error).name === 'AbortError' ? 'hang' : 'reset';
  }
}

/** Something that is held up on its way. */
export interface Held {
  readonly arrived: Promise<void>;
  /** It has gone all its way, after its release. */
  readonly over: Promise<void>;
  release(): void;
}

/** Where something waits until it is released, and says that it has arrived. */
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
