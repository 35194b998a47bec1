import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { closeConnections, type KeptConnections, keepConnections } from '@mpp/platform';
import { HttpService } from '@nestjs/axios';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type AxiosResponse, isAxiosError } from 'axios';
import type { Delivery } from '../domain/notification.js';
import { Signature } from './signature.js';

/** Only the status of an answer matters; its body is read up to this length so that the connection can be reused. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Calls the participant's gateway, which informs the customers. */
@Injectable()
export class Gateway implements OnApplicationShutdown {
  private readonly signature: Signature;
  private readonly connections: KeptConnections;

  constructor(
    private readonly axios: HttpService,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {
    this.signature = new Signature(settings.NOTIFICATION_SECRET ?? []);
    this.connections = keepConnections(settings.NOTIFICATION_CONCURRENCY);
  }

  /** Runs after the outbox has settled its attempts. */
  onApplicationShutdown(): void {
    closeConnections(this.connections);
  }

  /** One attempt. Failures of the gateway or the network are deliveries too, never exceptions. */
  async send(url: string, id: string, body: string): Promise<Delivery> {
    // Limits the whole call; axios's own timeout restarts with each byte that arrives.
    const signal = AbortSignal.timeout(this.settings.NOTIFICATION_TIMEOUT_MS);
    try {
      const { status, data } = await this.post(url, id, body, signal);
      await discard(data);
      return { outcome: status >= 200 && status < 300 ? 'DELIVERED' : 'REFUSED', httpStatus: status };
    } catch (error) {
      if (!isAxiosError(error)) throw error;
      // The error's message may contain the URL, and with it a secret of the gateway.
      const reason = signal.aborted ? `no answer in ${this.settings.NOTIFICATION_TIMEOUT_MS} ms` : error.code;
      return { outcome: 'NO_ANSWER', error: reason ?? 'no answer' };
    }
  }

  private post(url: string, id: string, body: string, signal: AbortSignal): Promise<AxiosResponse<Readable>> {
    return this.axios.axiosRef.post<Readable>(url, body, {
      headers: {
        'content-type': 'application/json',
        'user-agent': 'mpp-server',
        ...this.signature.sign(id, this.clock.now(), body),
      },
      signal,
      ...this.connections,
      maxRedirects: 0,
      responseType: 'stream',
      decompress: false,
      transformRequest: (text: string) => text,
      validateStatus: () => true,
      proxy: false,
    });
  }
}

/** Reads an answer to its end, so that the connection can be used again. An answer that is long or broken is abandoned. */
async function discard(answer: Readable): Promise<void> {
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) answer.destroy();
  });
  answer.on('error', () => undefined);
  await finished(answer).catch(() => undefined);
}
