import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { attemptHttp, closeConnections, type KeptConnections, keepConnections } from '@mpp/platform';
import { HttpService } from '@nestjs/axios';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Delivery } from '../domain/notification.js';
import { Signature } from './signature.js';

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
    const result = await attemptHttp(this.axios.axiosRef, {
      ...{ url, method: 'POST', body, connections: this.connections, discardAnswer: true },
      timeoutMs: this.settings.NOTIFICATION_TIMEOUT_MS,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'mpp-server',
        ...this.signature.sign(id, this.clock.now(), body),
      },
    });
    if (!('status' in result)) return { outcome: 'NO_ANSWER', error: result.reason };
    const { status } = result;
    return { outcome: status >= 200 && status < 300 ? 'DELIVERED' : 'REFUSED', httpStatus: status };
  }
}
