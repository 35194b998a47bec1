import net, { type AddressInfo, type Socket } from 'node:net';

export interface TcpPeer {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** Cuts off every connection; later ones are refused. */
  close(): Promise<void>;
}

/** A TCP server that does one thing with each connection. */
export async function startTcpPeer(onConnection: (socket: Socket) => void): Promise<TcpPeer> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
