import { Clock } from '@mpp/kernel';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Bank } from './core/bank.js';
import { ClerkController } from './core/clerk.controller.js';
import { Clerk } from './core/clerk.js';
import { CoreController } from './core/core.controller.js';
import { CoreToken } from './core/core-token.guard.js';
import { Faults } from './domain/faults.js';
import { FaultsController } from './faults/faults.controller.js';
import { Gateway } from './phone/gateway.js';
import { PhoneController } from './phone/phone.controller.js';
import { Seal } from './phone/seal.js';
import { FrontPageController } from './pos/front-page.controller.js';
import { PosController } from './pos/pos.controller.js';
import { RefundDesk } from './pos/refund-desk.js';
import { Shop } from './pos/shop.js';
import { PaymentSystem } from './ps/payment-system.js';
import { PsController } from './ps/ps.controller.js';
import { PsRefusalFilter } from './ps/ps-refusal.filter.js';
import { RefundCall } from './ps/refund-call.js';
import { RefundSender } from './ps/refund-sender.js';
import { Postman } from './registry/postman.js';
import { RegistryController } from './registry/registry.controller.js';
import { RegistryDesk } from './registry/registry-desk.js';
import { Truth } from './truth/truth.js';

interface Given {
  readonly truth: Truth;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly refundCall: RefundCall;
  readonly seal: Seal;
  readonly coreToken: CoreToken;
  readonly postman: Postman;
}

@Module({})
export class SimulatorModule {
  static with({ truth, clock, faults, refundCall, seal, coreToken, postman }: Given): DynamicModule {
    return {
      module: SimulatorModule,
      controllers: [
        PsController,
        PosController,
        FaultsController,
        PhoneController,
        CoreController,
        ClerkController,
        RegistryController,
        FrontPageController,
      ],
      providers: [
        PaymentSystem,
        Shop,
        RefundDesk,
        RefundSender,
        Gateway,
        Bank,
        Clerk,
        RegistryDesk,
        { provide: Truth, useValue: truth },
        { provide: Clock, useValue: clock },
        { provide: Faults, useValue: faults },
        { provide: RefundCall, useValue: refundCall },
        { provide: Seal, useValue: seal },
        { provide: CoreToken, useValue: coreToken },
        { provide: Postman, useValue: postman },
        { provide: APP_FILTER, useClass: PsRefusalFilter },
      ],
    };
  }
}
