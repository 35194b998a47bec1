import { type AddressInfo, createServer } from 'node:net';
import { CannotStart, codeOf } from '../cannot-start.js';

/** A TCP port to listen on, and the variable that sets it. */
export interface Listener {
  readonly variable: string;
  readonly host: string;
  readonly port: number;
}

/** Throws {@link CannotStart}, which names the variable, if one of the ports is not available. */
export async function requireFreePorts(listeners: readonly Listener[]): Promise<void> {
  for (const [index, listener] of listeners.entries()) {
    const duplicate = listeners.slice(0, index).find(({ port }) => port !== 0 && port === listener.port);
    if (duplicate !== undefined) {
      throw new CannotStart(`${listener.variable}: ${listener.port} is already the value of ${duplicate.variable}`);
    }
    await listenOnce(listener);
  }
}

/** A port that is free at this moment. */
export function freePort(host: string): Promise<number> {
  return listenOnce({ variable: 'any', host, port: 0 });
}

/** Returns a {@link CannotStart} for an error of listening, or the error itself if it is another one. */
export function explainListenError({ variable, host, port }: Listener, error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'EADDRINUSE') {
    return new CannotStart(
      `${variable}: port ${port} is taken by another program. Stop it, or choose another ${variable}`,
    );
  }
  if (code === 'EACCES') return new CannotStart(`${variable}: port ${port} needs more rights than this user has`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new CannotStart(
      `${variable}: ${host} is not an address of this machine, so port ${port} cannot be opened on it`,
    );
  }
  return error;
}

function listenOnce(listener: Listener): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(explainListenError(listener, error)));
    server.listen(listener.port, listener.host, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
