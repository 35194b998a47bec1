import { CurrentCustomer, ForCustomers } from '@mpp/access';
import { type AccountId, accountId, type CustomerId, DomainError } from '@mpp/kernel';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Account, Ledger } from '../ledger.service.js';
import { type AccountDto, AccountListDto } from './accounts.dto.js';

@ApiTags('Accounts')
@ForCustomers()
@Controller('v1/accounts')
export class AccountsController {
  constructor(private readonly ledger: Ledger) {}

  @Get()
  @ApiOperation({ summary: 'Счета и остатки покупателя / the customer’s means of payment' })
  @ApiOkResponse({ type: AccountListDto })
  async list(@CurrentCustomer() customer: CustomerId): Promise<AccountListDto> {
    return { items: (await this.ledger.accountsOf(customer)).map(accountDto) };
  }
}

export function accountDto({ id, name, currency, balance }: Account): AccountDto {
  return { id, name, currency, balance: balance.toString() };
}

/** NOT_FOUND for what cannot be the id of an account. */
export function existing(text: string): AccountId {
  const id = accountId(text);
  if (id === null) throw new DomainError('NOT_FOUND');
  return id;
}
