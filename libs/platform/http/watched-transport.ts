import http from 'node:http';
import https from 'node:https';

/** The connection of one request. */
export interface Connection {
  /** Before that no byte of the request was sent. */
  made: boolean;
  /** An earlier request had it. */
  reused: boolean;
  /** The head of the answer has arrived. */
  answered: boolean;
}

type Open = (
  options: http.RequestOptions | https.RequestOptions,
  onAnswer: (answer: http.IncomingMessage) => void,
) => http.ClientRequest;

/**
 * The `transport` of one axios request. It watches the socket, so that a refused connection or a failed TLS handshake
 * (NOT SENT) can be distinguished from a reset after the request was sent (UNKNOWN). Error codes are not enough: ECONNRESET
 * occurs in both cases. Source: R9.
 */
export function watchedTransport(secure: boolean, connection: Connection): { request: Open } {
  const open: Open = secure ? https.request : http.request;
  return {
    request(options, onAnswer) {
      const request = open(options, (answer) => {
        connection.answered = true;
        onAnswer(answer);
      });
      request.once('socket', (socket) => {
        connection.reused = request.reusedSocket;
        // A request that waited for a free socket gets a connected one, which emits no event.
        const { connecting, secureConnecting } = socket as { connecting: boolean; secureConnecting?: boolean };
        if (!connecting && secureConnecting !== true) connection.made = true;
        else socket.once(secure ? 'secureConnect' : 'connect', () => (connection.made = true));
      });
      return request;
    },
  };
}
