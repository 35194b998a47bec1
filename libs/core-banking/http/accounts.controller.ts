import { CurrentCustomer, ForCustomers } from '@mpp/access';
import { type CustomerId, formatTiyn } from '@mpp/kernel';
import { ApiProblems } from '@mpp/platform';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUsable } from '../domain/account.js';
import { CoreBanking } from '../domain/core-banking.js';
import { MeansOfPaymentListDto } from './accounts.dto.js';

@ApiTags('Accounts')
@ForCustomers()
@Controller('v1/accounts')
export class AccountsController {
  constructor(private readonly core: CoreBanking) {}

  @Get()
  @ApiOperation({
    summary: 'Счета и остатки покупателя / the customer’s means of payment',
    description: 'The accounts from which the customer can pay: open, in tenge.',
  })
  @ApiOkResponse({ type: MeansOfPaymentListDto })
  @ApiProblems('CORE_UNAVAILABLE')
  async list(@CurrentCustomer() customer: CustomerId): Promise<MeansOfPaymentListDto> {
    const accounts = await this.core.findAccounts(customer);
    return {
      items: accounts
        .filter(isUsable)
        .map(({ id, coreAccount: coreAccountId, name, currency, balance, preferred }) => ({
          id,
          coreAccountId,
          name,
          currency,
          balance: formatTiyn(balance),
          preferred,
        })),
    };
  }
}
