import { Body, Controller, Delete, Get, HttpCode, Put } from '@nestjs/common';
import { Faults } from '../domain/faults.js';
import { readFaultPlan } from './faults-request.js';

/** Plans faults, for tests and demos. Not part of the regulation. */
@Controller('faults')
export class FaultsController {
  constructor(private readonly faults: Faults) {}

  @Put()
  setFaults(@Body() body: string | undefined) {
    this.faults.set(readFaultPlan(body));
    return this.faults.left();
  }

  @Get()
  showFaults() {
    return this.faults.left();
  }

  @Delete()
  @HttpCode(204)
  clearFaults(): void {
    this.faults.clear();
  }
}
