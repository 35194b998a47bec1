import { Clock } from '@mpp/kernel';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
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
import { Truth } from './truth/truth.js';

interface Given {
  readonly truth: Truth;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly refundCall: RefundCall;
  readonly seal: Seal;
}

@Module({})
export class SimulatorModule {
  static with({ truth, clock, faults, refundCall, seal }: Given): DynamicModule {
    return {
      module: SimulatorModule,
      controllers: [PsController, PosController, FaultsController, PhoneController, FrontPageController],
      providers: [
        PaymentSystem,
        Shop,
        RefundDesk,
        RefundSender,
        Gateway,
        { provide: Truth, useValue: truth },
        { provide: Clock, useValue: clock },
        { provide: Faults, useValue: faults },
        { provide: RefundCall, useValue: refundCall },
        { provide: Seal, useValue: seal },
        { provide: APP_FILTER, useClass: PsRefusalFilter },
      ],
    };
  }
}
