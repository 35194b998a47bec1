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
import type { MessageFilter } from './domain/inbox.js';
import { type NotificationItem, PushGateway } from './notifications/push-gateway.js';
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
  /** Default: loopback. */
  readonly host?: string;
  /** The file that keeps the store over restarts; null keeps it in memory. */
  readonly storeFile: string | null;
  /** The participant's `/refund`. A function is called for each request, since the participant may start later or move. */
  readonly refundUrl: string | (() => string);
  /** Secrets of the participant's notifications, separated by commas or spaces. Without one every signature is accepted. */
  readonly notificationSecret?: string | null;
  /** The bearer token of the bank's core; null or absent: no token is required. */
  readonly coreToken?: string | null;
  /** The mail server for registries (`smtp://host:25`, `smtps:`, `lmtp:`) if `POST /registry/mail` names none. */
  readonly smtpUrl?: string | null;
  /** The recipient of registries if `POST /registry/mail` names none. */
  readonly mailTo?: string | null;
  readonly clock?: Clock;
  /** Random numbers in [0, 1) for faults with a probability. Default: Math.random. */
  readonly random?: () => number;
}

export interface RunningSimulator {
  /** With the actual port, without a trailing slash. */
  readonly url: string;
  /** The same as `/faults`, for a test in the same process. */
  readonly faults: Pick<Faults, 'set' | 'clear' | 'left'>;
  /** The same as `GET /pos/purchases`: newest first, of one customer or all. */
  purchases(customerId?: string): readonly PurchaseItem[];
  /** The same as `POST /pos/refunds`; rejects with the reason if the PS refuses. */
  refund(paymentId: string, amount: string): Promise<RefundItem>;
  /** The same as `GET /pos/refunds`: newest first, of one customer or all. */
  refunds(customerId?: string): readonly RefundItem[];
  /** The same as `GET /notifications`: newest first. */
  notifications(filter?: MessageFilter): readonly NotificationItem[];
  readonly core: RunningCore;
  /** Finishes requests in progress, then closes; unanswered refunds wait for the next start. May be called more than once. */
  stop(): Promise<void>;
}

/** The bank's core and its account administration: each method does the same as its HTTP call, or throws. */
export interface RunningCore {
  /** The server's CORE_BANKING_URL. */
  readonly url: string;
  /** `POST /core/accounts`. */
  openAccount(order: AccountOrderInput): CoreAccountView;
  /** `PATCH /core/accounts/{id}`. */
  changeAccount(id: string, change: AccountChange): CoreAccountView;
  /** `GET /core/accounts`: oldest first, of one customer or all. */
  accounts(customerId?: string): readonly CoreAccountView[];
  /** `GET /core/operations`: newest first. */
  operations(filter?: CoreOperationFilter): readonly CoreOperationView[];
}

/**
 * Resolves when the simulator listens; unanswered refunds are sent again. Rejects if the port is taken, the store's file
 * is unreadable, or a secret is invalid.
 */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const signatureVerifier = SignatureVerifier.withSecrets(options.notificationSecret ?? null);
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
    app.get(RefundSender).resumeRefunds();
    const url = await app.getUrl();
    return { url, faults, stop, ...shopMethods(app), core: coreMethods(app, `${url}/core`) };
  } catch (error) {
    await stop();
    throw error;
  }
}

function shopMethods(app: NestFastifyApplication): Omit<RunningSimulator, 'url' | 'faults' | 'stop' | 'core'> {
  const [shop, refundService, gateway] = [app.get(ShopService), app.get(RefundService), app.get(PushGateway)];
  return {
    purchases: (customerId) => shop.listPurchases(customerId),
    refund: async (paymentId, amount) => {
      const [item] = await refundService.refundPurchase(readRefundOrder(JSON.stringify({ paymentId, amount })));
      if (item === undefined) throw new Error('one refund was requested, and none was made');
      return item;
    },
    refunds: (customerId) => refundService.listRefunds({ customerId }),
    notifications: (filter) => gateway.listNotifications(filter),
  };
}

function coreMethods(app: NestFastifyApplication, url: string): RunningCore {
  const accountAdmin = app.get(AccountAdmin);
  return {
    url,
    openAccount: (order) => accountAdmin.openAccount(readAccountOrder(JSON.stringify(order))),
    changeAccount: (id, change) => accountAdmin.changeAccount(id, readAccountChange(JSON.stringify(change))),
    accounts: (customerId) => accountAdmin.listAccounts(customerId),
    operations: (filter) => accountAdmin.listOperations(filter),
  };
}

/** Every body reaches its controller as text, so the controller refuses invalid JSON itself and no amount becomes a float. */
function withTextBodies(adapter: FastifyAdapter): FastifyAdapter {
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  return adapter;
}
