import { type AddressInfo, createServer } from 'node:net';
import { CannotStart, codeOf } from './cannot-start.js';

/** A TCP port that we are about to listen on, and the variable that chooses it. */
export interface Listener {
  readonly variable: string;
  readonly host: string;
  readonly port: number;
}

/** Throws {@link CannotStart}, which names the variable, where one of them cannot be listened on. */
export async function demandPorts(listeners: readonly Listener[]): Promise<void> {
  for (const [index, listener] of listeners.entries()) {
    const twin = listeners.slice(0, index).find(({ port }) => port !== 0 && port === listener.port);
    if (twin !== undefined) {
      throw new CannotStart(`${listener.variable}: ${listener.port} is already the value of ${twin.variable}`);
    }
    await listenOnce(listener);
  }
}

/** A port that nobody listens on at this moment. */
export function freePort(host: string): Promise<number> {
  return listenOnce({ variable: 'any', host, port: 0 });
}

/** The words for a listener that could not be opened; the error itself where it is about something else. */
export function listenProblem({ variable, host, port }: Listener, error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'EADDRINUSE') {
    return new CannotStart(
      `${variable}: port ${port} is taken by another program. Stop it, or choose another ${variable}`,
    );
  }
  if (code === 'EACCES') return new CannotStart(`${variable}: port ${port} needs more rights than this user has`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new CannotStart(
      `${variable}: ${host} is no address of this machine, so port ${port} cannot be opened there`,
    );
  }
  return error;
}

function listenOnce(listener: Listener): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(listenProblem(listener, error)));
    server.listen(listener.port, listener.host, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
