import { Clock } from '@mpp/kernel';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AccountAdminController } from './core-banking/account-admin.controller.js';
import { AccountAdmin } from './core-banking/account-admin.js';
import { Bank } from './core-banking/bank.js';
import { CoreController } from './core-banking/core.controller.js';
import { CoreToken } from './core-banking/core-token.guard.js';
import { Faults } from './domain/faults.js';
import { FaultsController } from './faults/faults.controller.js';
import { FrontPageController } from './front-page/front-page.controller.js';
import { NotificationsController } from './notifications/notifications.controller.js';
import { PushGateway } from './notifications/push-gateway.js';
import { SignatureVerifier } from './notifications/signature.js';
import { PaymentSystem } from './payment-system/payment-system.js';
import { PsController } from './payment-system/ps.controller.js';
import { PsRefusalFilter } from './payment-system/ps-refusal.filter.js';
import { RefundClient } from './payment-system/refund-client.js';
import { RefundSender } from './payment-system/refund-sender.js';
import { RegistryController } from './registry/registry.controller.js';
import { RegistryService } from './registry/registry.service.js';
import { RegistryMailer } from './registry/registry-mailer.js';
import { RefundService } from './shop/refund.service.js';
import { ShopController } from './shop/shop.controller.js';
import { ShopService } from './shop/shop.service.js';
import { Store } from './store/store.js';

interface Dependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly refundClient: RefundClient;
  readonly signatureVerifier: SignatureVerifier;
  readonly coreToken: CoreToken;
  readonly mailer: RegistryMailer;
}

@Module({})
export class SimulatorModule {
  static with({
    store,
    clock,
    faults,
    refundClient,
    signatureVerifier,
    coreToken,
    mailer,
  }: Dependencies): DynamicModule {
    return {
      module: SimulatorModule,
      controllers: [
        PsController,
        ShopController,
        FaultsController,
        NotificationsController,
        CoreController,
        AccountAdminController,
        RegistryController,
        FrontPageController,
      ],
      providers: [
        PaymentSystem,
        ShopService,
        RefundService,
        RefundSender,
        PushGateway,
        Bank,
        AccountAdmin,
        RegistryService,
        { provide: Store, useValue: store },
        { provide: Clock, useValue: clock },
        { provide: Faults, useValue: faults },
        { provide: RefundClient, useValue: refundClient },
        { provide: SignatureVerifier, useValue: signatureVerifier },
        { provide: CoreToken, useValue: coreToken },
        { provide: RegistryMailer, useValue: mailer },
        { provide: APP_FILTER, useClass: PsRefusalFilter },
      ],
    };
  }
}
