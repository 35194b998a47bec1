import { Clock } from '@mpp/kernel';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Faults } from './domain/faults.js';
import { FaultsController } from './faults/faults.controller.js';
import { FrontPageController } from './pos/front-page.controller.js';
import { PosController } from './pos/pos.controller.js';
import { Shop } from './pos/shop.js';
import { PaymentSystem } from './ps/payment-system.js';
import { PsController } from './ps/ps.controller.js';
import { PsRefusalFilter } from './ps/ps-refusal.filter.js';
import { Truth } from './truth/truth.js';

@Module({})
export class SimulatorModule {
  static with(truth: Truth, clock: Clock, faults: Faults): DynamicModule {
    return {
      module: SimulatorModule,
      controllers: [PsController, PosController, FaultsController, FrontPageController],
      providers: [
        PaymentSystem,
        Shop,
        { provide: Truth, useValue: truth },
        { provide: Clock, useValue: clock },
        { provide: Faults, useValue: faults },
        { provide: APP_FILTER, useClass: PsRefusalFilter },
      ],
    };
  }
}
