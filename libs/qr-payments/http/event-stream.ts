import { PassThrough, type Readable } from 'node:stream';
import type { PaymentView } from '../watch/payment-watch.js';

const HEARTBEAT_MS = 15_000;

export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Proxies would keep events until a buffer is full.
  'x-accel-buffering': 'no',
};

/**
 * Views as server-sent events, with a comment every 15 seconds so that no proxy ends an idle connection. The stream ends with the
 * views. `gone` is aborted when the client disconnects.
 */
export function eventStream(
  first: IteratorResult<PaymentView>,
  views: AsyncGenerator<PaymentView>,
  data: (view: PaymentView) => string,
  gone: AbortController,
): Readable {
  const stream = new PassThrough();
  const heartbeat = setInterval(() => stream.write(': still here\n\n'), HEARTBEAT_MS);
  stream.once('close', () => {
    clearInterval(heartbeat);
    gone.abort();
  });
  const send = (view: PaymentView) => stream.write(`event: payment\ndata: ${data(view)}\n\n`);
  const writeEvents = async () => {
    if (!first.done) send(first.value);
    for await (const view of views) send(view);
    // Nothing may be written after the end, even while a slow client is still reading.
    clearInterval(heartbeat);
    stream.end();
  };
  writeEvents().catch((error: Error) => stream.destroy(error));
  return stream;
}
