import type { IncomingHttpHeaders } from 'node:http';
import type { CoreAccountsAnswer, CoreOperationAnswer } from '@mpp/core-banking/wire';
import { CORE_PATHS } from '@mpp/core-banking/wire';
import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  NotFoundException,
  Param,
  Post,
  Req,
  Res,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CoreOrder } from '../domain/core-operation.js';
import { CanFail } from '../faults/can-fail.js';
import { plannedRefusalOf } from '../faults/planned-refusals.js';
import { accountsAnswer } from './answers.js';
import { Bank } from './bank.js';
import { CoreProblemFilter } from './core-problem.filter.js';
import { readCredit, readDebit, readReversal } from './core-request.js';
import { CoreTokenGuard } from './core-token.guard.js';

/** The wire format of a bank's core, below CORE_BANKING_URL. Bodies arrive as text. */
@Controller('core')
@UseGuards(CoreTokenGuard)
@UseFilters(CoreProblemFilter)
export class CoreController {
  constructor(private readonly bank: Bank) {}

  @Get('v1/customers/:customerId/accounts')
  @CanFail('coreAccounts')
  listAccounts(@Param('customerId') customerId: string): CoreAccountsAnswer {
    const accounts = this.bank.listAccounts(customerId);
    if (accounts === null) throw new NotFoundException('the bank has no such customer');
    return accountsAnswer(accounts);
  }

  @Post(CORE_PATHS.debits)
  @HttpCode(200)
  @CanFail('coreDebit')
  debit(@Req() call: FastifyRequest, @Headers() headers: IncomingHttpHeaders, @Body() body: string | undefined) {
    return this.executeOrder(call, { kind: 'DEBIT', request: readDebit(headers, body) });
  }

  @Post(CORE_PATHS.credits)
  @HttpCode(200)
  @CanFail('coreCredit')
  credit(@Req() call: FastifyRequest, @Headers() headers: IncomingHttpHeaders, @Body() body: string | undefined) {
    return this.executeOrder(call, { kind: 'CREDIT', request: readCredit(headers, body) });
  }

  @Post(CORE_PATHS.reversals)
  @HttpCode(200)
  @CanFail('coreReversal')
  reverse(@Req() call: FastifyRequest, @Headers() headers: IncomingHttpHeaders, @Body() body: string | undefined) {
    return this.executeOrder(call, { kind: 'REVERSAL', request: readReversal(headers, body) });
  }

  @Get('v1/operations/:operationId')
  @CanFail('coreOutcome')
  getOutcome(
    @Param('operationId') operationId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): CoreOperationAnswer {
    const answer = this.bank.outcomeOf(operationId);
    if (answer.outcome === 'NEVER_SEEN') void reply.status(404);
    return answer;
  }

  private executeOrder(call: FastifyRequest, order: CoreOrder): CoreOperationAnswer {
    return this.bank.executeOrder(order, plannedRefusalOf(call));
  }
}
