import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { paymentThatIs } from '../../../test/support/payments.js';
import type { PaymentStatus } from '../domain/transitions.js';
import type { PaymentView } from '../watch/payment-watch.js';
import { eventStream } from './event-stream.js';

const HEARTBEAT = ': still here\n\n';
const view = (status: PaymentStatus): PaymentView => ({ payment: paymentThatIs(status), receipt: null });
const data = ({ payment }: PaymentView) => JSON.stringify({ status: payment.status });
const event = (status: PaymentStatus) => `event: payment\ndata: {"status":"${status}"}\n\n`;

/** The changes of a payment, made by the test; `follow` is the stream's source. */
class Changes {
  private readonly pending: (PaymentView | Error | 'ended')[] = [];
  private wake: () => void = () => undefined;

  emit(...changes: (PaymentView | Error | 'ended')[]): void {
    this.pending.push(...changes);
    this.wake();
  }

  async *follow(signal: AbortSignal): AsyncGenerator<PaymentView> {
    signal.addEventListener('abort', () => this.emit('ended'));
    for (;;) {
      const next = this.pending.shift();
      if (next === 'ended') return;
      if (next instanceof Error) throw next;
      if (next !== undefined) yield next;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

describe('a payment’s events, streamed', () => {
  let gone: AbortController;
  let changes: Changes;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    gone = new AbortController();
    changes = new Changes();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  function begin(first: PaymentView = view('AWAITING_CONFIRMATION'), write = data): Readable {
    return eventStream({ done: false, value: first }, changes.follow(gone.signal), write, gone);
  }

  /** The events that the client has received so far. */
  function read(stream: Readable): { text: string } {
    const received = { text: '' };
    stream.setEncoding('utf8').on('data', (chunk: string) => (received.text += chunk));
    return received;
  }

  async function pass(milliseconds: number): Promise<void> {
    jest.advanceTimersByTime(milliseconds);
    await turn();
  }

  it('are the payment at once and at each change, and end after the last', async () => {
    const stream = begin();
    const received = read(stream);
    await turn();
    expect(received.text).toBe(event('AWAITING_CONFIRMATION'));
    changes.emit(view('PROCESSING'));
    await turn();
    expect(received.text).toBe(event('AWAITING_CONFIRMATION') + event('PROCESSING'));
    changes.emit(view('CONFIRMED'), 'ended');
    await once(stream, 'close');
    expect(received.text).toBe(event('AWAITING_CONFIRMATION') + event('PROCESSING') + event('CONFIRMED'));
    expect(stream.readableEnded).toBe(true);
  });

  it('of a final payment are one event', async () => {
    changes.emit('ended');
    const stream = begin(view('DECLINED'));
    const received = read(stream);
    await once(stream, 'close');
    expect(received.text).toBe(event('DECLINED'));
  });

  it('of an empty source end at once', async () => {
    changes.emit('ended');
    const stream = eventStream({ done: true, value: undefined }, changes.follow(gone.signal), data, gone);
    const received = read(stream);
    await once(stream, 'close');
    expect(received.text).toBe('');
  });

  it('are kept alive by a comment every 15 seconds, and not sooner', async () => {
    const received = read(begin());
    await pass(14_999);
    expect(received.text).toBe(event('AWAITING_CONFIRMATION'));
    await pass(1);
    expect(received.text).toBe(event('AWAITING_CONFIRMATION') + HEARTBEAT);
    await pass(10_000);
    changes.emit(view('PROCESSING'));
    await turn();
    await pass(5_000);
    expect(received.text).toBe(event('AWAITING_CONFIRMATION') + HEARTBEAT + event('PROCESSING') + HEARTBEAT);
  });

  it('leave no timer and no waiter when they have ended', async () => {
    const stream = begin();
    read(stream);
    expect(jest.getTimerCount()).toBe(1);
    changes.emit('ended');
    await once(stream, 'close');
    expect(jest.getTimerCount()).toBe(0);
    expect(gone.signal.aborted).toBe(true);
  });

  it('end when the client disconnects: no waiter is left, and the comments stop', async () => {
    const stream = begin();
    const received = read(stream);
    await turn();
    stream.destroy();
    await once(stream, 'close');
    expect(gone.signal.aborted).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
    changes.emit(view('PROCESSING'), new Error('this error reaches no client'));
    await turn();
    await pass(60_000);
    expect(received.text).toBe(event('AWAITING_CONFIRMATION'));
    expect(stream.errored).toBeNull();
  });

  it.each([
    ['that cannot be read', 'follow'],
    ['that cannot be written', 'write'],
  ])('%s break off with the error: the client reconnects', async (_, where) => {
    const fault = new Error('the database is away');
    const write = (changed: PaymentView) => {
      if (where === 'write' && changed.payment.status === 'PROCESSING') throw fault;
      return data(changed);
    };
    const stream = begin(view('AWAITING_CONFIRMATION'), write);
    const received = read(stream);
    const failed = once(stream, 'error');
    await turn();
    changes.emit(where === 'follow' ? fault : view('PROCESSING'));
    expect(await failed).toEqual([fault]);
    expect(stream.destroyed).toBe(true);
    expect(stream.readableEnded).toBe(false);
    expect(received.text).toBe(event('AWAITING_CONFIRMATION'));
    await turn();
    expect(gone.signal.aborted).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('of a slow client end completely, however long the last event takes', async () => {
    const stream = begin();
    const faults: Error[] = [];
    stream.on('error', (error) => faults.push(error));
    changes.emit(view('CONFIRMED'), 'ended');
    await turn();
    await pass(15_000);
    expect(faults).toEqual([]);
    const received = read(stream);
    await once(stream, 'close');
    expect(received.text).toBe(event('AWAITING_CONFIRMATION') + event('CONFIRMED'));
  });
});
