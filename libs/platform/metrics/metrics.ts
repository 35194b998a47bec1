import { Injectable } from '@nestjs/common';
import { Histogram, Registry } from 'prom-client';

type HttpObserver = (method: string, route: string, status: number, seconds: number) => void;

/** The metrics of this process. Each lib adds its own to the registry; this one counts HTTP. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  private readonly http = new Histogram({
    name: 'mpp_http_request_duration_seconds',
    help: 'Requests answered, by listener, method, route and status',
    labelNames: ['listener', 'method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });

  httpObserver(listener: string): HttpObserver {
    return (method, route, status, seconds) => this.http.observe({ listener, method, route, status }, seconds);
  }
}
