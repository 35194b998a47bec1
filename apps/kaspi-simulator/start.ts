import 'reflect-metadata';
import { type Clock, SystemClock } from '@mpp/kernel';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  AccountAdmin,
  type CoreAccountView,
  type CoreOperationFilter,
  type CoreOperationView,
} from './core-banking/account-admin.js';
import { type AccountOrderInput, readAccountChange, readAccountOrder } from './core-banking/account-admin-request.js';
import { CoreToken } from './core-banking/core-token.guard.js';
import type { AccountChange } from './domain/events.js';
import { Faults } from './domain/faults.js';
import { type NotificationFilter, type NotificationItem, PushGateway } from './notifications/push-gateway.js';
import { SignatureVerifier } from './notifications/signature.js';
import { RefundClient } from './payment-system/refund-client.js';
import { RefundSender } from './payment-system/refund-sender.js';
import { RegistryMailer } from './registry/registry-mailer.js';
import type { PurchaseItem } from './shop/purchase-item.js';
import { RefundService } from './shop/refund.service.js';
import type { RefundItem } from './shop/refund-item.js';
import { readRefundOrder } from './shop/refund-order.js';
import { ShopService } from './shop/shop.service.js';
import { SimulatorModule } from './simulator.module.js';
import { Store } from './store/store.js';

export type { CoreAccountView, CoreOperationView } from './core-banking/account-admin.js';
export type { CoreFault, Fault, FaultPlan } from './domain/faults.js';
export type { NotificationItem } from './notifications/push-gateway.js';
export type { PurchaseItem } from './shop/purchase-item.js';
export type { RefundItem } from './shop/refund-item.js';

export interface SimulatorOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Default: this machine alone. */
  readonly host?: string;
  /** Where the store is kept over restarts; null keeps it in memory. */
  readonly storeFile: string | null;
  /** The participant's `/refund`. A function is asked at each request: the participant may listen later, or move. */
  readonly refundUrl: string | (() => string);
  /** Of the participant's notifications; several are separated by commas or blanks. Without one any signature passes. */
  readonly notificationSecret?: string | null;
  /** Whoever calls the bank's core must show it; null or absent: anybody may call. */
  readonly coreToken?: string | null;
  /** Who takes the mail with registries (`smtp://host:25`, `smtps:`, `lmtp:`), where `POST /registry/mail` does not say. */
  readonly smtpUrl?: string | null;
  /** Whom registries are mailed to, where it does not say. */
  readonly mailTo?: string | null;
  readonly clock?: Clock;
  /** Decides about faults with a probability: from 0 up to, not including, 1. Default: Math.random. */
  readonly random?: () => number;
}

export interface RunningSimulator {
  /** With the real port, without a slash at the end. */
  readonly url: string;
  /** How the PS and the bank's core fail: what `/faults` does, for a test in the same process. */
  readonly faults: Pick<Faults, 'set' | 'clear' | 'left'>;
  /** The store: what `GET /pos/purchases` shows, newest first; of one customer, or of all. */
  purchases(customerId?: string): readonly PurchaseItem[];
  /** What `POST /pos/refunds` does; rejects with its words where the PS does not take it. */
  refund(paymentId: string, amount: string): Promise<RefundItem>;
  /** What `GET /pos/refunds` shows, newest first; of one customer, or of all. */
  refunds(customerId?: string): readonly RefundItem[];
  /** What `GET /notifications` shows, newest first. */
  notifications(of?: NotificationFilter): readonly NotificationItem[];
  readonly core: RunningCore;
  /** Answers what is in the air, then closes; refunds that are unanswered wait for the next start. May be called more than once. */
  stop(): Promise<void>;
}

/** The stand-in for a bank's core, and its account admin: each method does what the call of the same meaning does, or throws. */
export interface RunningCore {
  /** What a server is given as CORE_BANKING_URL. */
  readonly url: string;
  /** `POST /core/accounts`. */
  openAccount(order: AccountOrderInput): CoreAccountView;
  /** `PATCH /core/accounts/{id}`. */
  changeAccount(id: string, change: AccountChange): CoreAccountView;
  /** `GET /core/accounts`, oldest first; of one customer, or of all. */
  accounts(customerId?: string): readonly CoreAccountView[];
  /** `GET /core/operations`: the store, newest first. */
  operations(filter?: CoreOperationFilter): readonly CoreOperationView[];
}

/**
 * Resolves when the simulator listens; refunds that are unanswered are sent again. Rejects where the port is taken, the
 * store file cannot be read or the secret is none.
 */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const signatureVerifier = SignatureVerifier.of(options.notificationSecret ?? null);
  const { refundUrl, clock = new SystemClock() } = options;
  const refundClient = new RefundClient(typeof refundUrl === 'string' ? () => refundUrl : refundUrl);
  const coreToken = new CoreToken(options.coreToken ?? null);
  const mailer = new RegistryMailer({ smtpUrl: options.smtpUrl ?? null, to: options.mailTo ?? null });
  const store = new Store(options.storeFile);
  const faults = new Faults(options.random ?? Math.random);
  const app = await NestFactory.create<NestFastifyApplication>(
    SimulatorModule.with({ store, clock, faults, refundClient, signatureVerifier, coreToken, mailer }),
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
    app.get(RefundSender).resume();
    const url = await app.getUrl();
    return { url, faults, stop, ...doorsOf(app), core: bankOf(app, `${url}/core`) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the calls of the same name do, for a test in the same process. */
function doorsOf(app: NestFastifyApplication): Omit<RunningSimulator, 'url' | 'faults' | 'stop' | 'core'> {
  const [shop, refundService, gateway] = [app.get(ShopService), app.get(RefundService), app.get(PushGateway)];
  return {
    purchases: (customerId) => shop.purchases(customerId),
    refund: async (paymentId, amount) => {
      const [item] = await refundService.refund(readRefundOrder(JSON.stringify({ paymentId, amount })));
      if (item === undefined) throw new Error('one refund was asked for, and none was made');
      return item;
    },
    refunds: (customerId) => refundService.refunds({ customerId }),
    notifications: (of) => gateway.notifications(of),
  };
}

function bankOf(app: NestFastifyApplication, url: string): RunningCore {
  const accountAdmin = app.get(AccountAdmin);
  return {
    url,
    openAccount: (order) => accountAdmin.openAccount(readAccountOrder(JSON.stringify(order))),
    changeAccount: (id, change) => accountAdmin.changeAccount(id, readAccountChange(JSON.stringify(change))),
    accounts: (customerId) => accountAdmin.accounts(customerId),
    operations: (filter) => accountAdmin.operations(filter),
  };
}

/** Every body reaches its controller as text: one that is no JSON is answered there, and no amount becomes a float. */
function withTextBodies(adapter: FastifyAdapter): FastifyAdapter {
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  return adapter;
}
