import net, { type Socket } from 'node:net';

/** A client that requests a file and then reads nothing: the buffers of its connection fill up. */
export interface SilentReader {
  /** Reads what is there until the server closes the connection, and returns it: headers and body. */
  readToEnd(): Promise<Buffer>;
  /** Disconnects without reading. */
  leave(): void;
}

export async function requestWithoutReading(address: string, token: string): Promise<SilentReader> {
  const { hostname, port, pathname, search } = new URL(address);
  const socket: Socket = net.connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  // Before it is connected, else the first bytes are read.
  socket.pause();
  const request = `GET ${pathname}${search} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`;
  await new Promise((resolve) => socket.write(request, resolve));
  return {
    readToEnd: async () => {
      const parts: Buffer[] = [];
      socket.on('data', (part) => parts.push(part));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.resume();
      await closed;
      return Buffer.concat(parts);
    },
    leave: () => void socket.destroy(),
  };
}
