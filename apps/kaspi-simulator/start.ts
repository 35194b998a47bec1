import 'reflect-metadata';
import { type Clock, SystemClock } from '@mpp/kernel';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Faults } from './domain/faults.js';
import type { PurchaseItem } from './pos/purchase-item.js';
import { Shop } from './pos/shop.js';
import { SimulatorModule } from './simulator.module.js';
import { Truth } from './truth/truth.js';

export type { Fault, FaultPlan } from './domain/faults.js';
export type { PurchaseItem } from './pos/purchase-item.js';

export interface SimulatorOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Default: this machine alone. */
  readonly host?: string;
  /** Where the truth is kept over restarts; null keeps it in memory. */
  readonly truthFile: string | null;
  /** The participant's `/refund`. No call uses it before shops can refund. */
  readonly refundUrl: string;
  readonly clock?: Clock;
  /** Decides about faults with a probability: from 0 up to, not including, 1. Default: Math.random. */
  readonly random?: () => number;
}

export interface RunningSimulator {
  /** With the real port, without a slash at the end. */
  readonly url: string;
  /** How the PS fails: what `/faults` does, for a test in the same process. */
  readonly faults: Pick<Faults, 'set' | 'clear' | 'left'>;
  /** The truth: what `GET /pos/purchases` shows, newest first; of one customer, or of all. */
  purchases(customerId?: string): readonly PurchaseItem[];
  /** Answers what is in the air, then closes. May be called more than once. */
  stop(): Promise<void>;
}

/** Resolves when the simulator listens. Rejects where the port is taken or the truth file cannot be read. */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const truth = new Truth(options.truthFile);
  const faults = new Faults(options.random ?? Math.random);
  const app = await NestFactory.create<NestFastifyApplication>(
    SimulatorModule.with(truth, options.clock ?? new SystemClock(), faults),
    withTextBodies(new FastifyAdapter()),
    { bodyParser: false, logger: ['error', 'fatal'], abortOnError: false },
  );
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= app.close();
    return stopped;
  };
  try {
    await app.listen(options.port, options.host ?? '127.0.0.1');
    const shop = app.get(Shop);
    return { url: await app.getUrl(), faults, purchases: (customerId) => shop.purchases(customerId), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Every body reaches its controller as text: one that is no JSON is answered there, and no amount becomes a float. */
function withTextBodies(adapter: FastifyAdapter): FastifyAdapter {
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  return adapter;
}
