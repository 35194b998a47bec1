import { Injectable, Logger } from '@nestjs/common';
import { Gauge, Histogram, Registry } from 'prom-client';

type HttpObserver = (method: string, route: string, status: number, seconds: number) => void;

type Reading<T> = () => T | Promise<T>;

/** The metrics of this process: HTTP, and those that each lib adds. */
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

  /** A gauge that is read when the metrics are collected. */
  gauge(name: string, help: string, read: Reading<number>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: async () => gauge.set(await read()),
    });
  }

  /** A gauge with one label that is read when the metrics are collected: pairs of the label's value and the number. */
  gaugeBy(label: string, name: string, help: string, read: Reading<Iterable<readonly [string, number]>>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect: async () => {
        const numbers = await read();
        gauge.reset();
        for (const [value, number] of numbers) gauge.set({ [label]: value }, number);
      },
    });
  }

  /** Prometheus text. A metric that cannot be read, because the database is unavailable, is left out; the others are returned. */
  async text(): Promise<string> {
    const texts = this.registry.getMetricsAsArray().map(({ name }) =>
      this.registry.getSingleMetricAsString(name).catch((error: Error) => {
        this.log.warn(`${name} is unavailable: ${error.message}`);
        return [];
      }),
    );
    return `${(await Promise.all(texts)).flat().join('\n\n')}\n`;
  }
}
