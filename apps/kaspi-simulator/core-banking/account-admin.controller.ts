import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { AccountAdmin, type CoreAccountView } from './account-admin.js';
import { readAccountChange, readAccountOrder } from './account-admin-request.js';

/** The bank's account administration, for tests and demos; it requires no token. */
@Controller('core')
export class AccountAdminController {
  constructor(private readonly accountAdmin: AccountAdmin) {}

  @Post('accounts')
  openAccount(@Body() body: string | undefined): CoreAccountView {
    return this.accountAdmin.openAccount(readAccountOrder(body));
  }

  @Patch('accounts/:accountId')
  changeAccount(@Param('accountId') accountId: string, @Body() body: string | undefined): CoreAccountView {
    return this.accountAdmin.changeAccount(accountId, readAccountChange(body));
  }

  @Get('accounts')
  listAccounts(@Query('customerId') customerId: string | undefined) {
    return { items: this.accountAdmin.listAccounts(customerId || undefined) };
  }

  @Get('operations')
  listOperations(
    @Query('customerId') customerId: string | undefined,
    @Query('reference') reference: string | undefined,
  ) {
    const filter = { customerId: customerId || undefined, reference: reference || undefined };
    return { items: this.accountAdmin.listOperations(filter) };
  }
}
