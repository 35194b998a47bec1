import { Injectable, Logger } from '@nestjs/common';
import { Histogram, Registry } from 'prom-client';

type HttpObserver = (method: string, route: string, status: number, seconds: number) => void;

/** The metrics of this process. Each lib adds its own to the registry; this one counts HTTP. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private readonly log = new Logger('Metrics');

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

  /** Prometheus text. A metric that cannot be had, the database being away, is left out: the rest is needed then most. */
  async text(): Promise<string> {
    const texts = this.registry.getMetricsAsArray().map(({ name }) =>
      this.registry.getSingleMetricAsString(name).catch((error: Error) => {
        this.log.warn(`${name} cannot be had: ${error.message}`);
        return [];
      }),
    );
    return `${(await Promise.all(texts)).flat().join('\n\n')}\n`;
  }
}
