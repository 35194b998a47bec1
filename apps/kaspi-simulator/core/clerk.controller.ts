import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { Clerk, type CoreAccountView } from './clerk.js';
import { readAccountChange, readAccountOrder } from './clerk-request.js';

/** The clerk's counter: for whoever tries a server, so it asks for no token. */
@Controller('core')
export class ClerkController {
  constructor(private readonly clerk: Clerk) {}

  @Post('accounts')
  openAccount(@Body() body: string | undefined): CoreAccountView {
    return this.clerk.openAccount(readAccountOrder(body));
  }

  @Patch('accounts/:accountId')
  changeAccount(@Param('accountId') accountId: string, @Body() body: string | undefined): CoreAccountView {
    return this.clerk.changeAccount(accountId, readAccountChange(body));
  }

  @Get('accounts')
  listAccounts(@Query('customerId') customerId: string | undefined) {
    return { items: this.clerk.accounts(customerId || undefined) };
  }

  @Get('operations')
  listOperations(
    @Query('customerId') customerId: string | undefined,
    @Query('reference') reference: string | undefined,
  ) {
    const filter = { customerId: customerId || undefined, reference: reference || undefined };
    return { items: this.clerk.operations(filter) };
  }
}
