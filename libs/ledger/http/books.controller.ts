import { ForTeams } from '@mpp/access';
import { type AccountId, accountId, customerId, DomainError, formatTiyn, Money } from '@mpp/kernel';
import { ApiProblems, decodeCursor, PageQuery, pageOf } from '@mpp/platform';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { LedgerAccount } from '../domain/account.js';
import { CHART, SHARED_ACCOUNTS } from '../domain/chart.js';
import type { Entry } from '../domain/entry.js';
import { type Account, Ledger } from '../ledger.service.js';
import {
  AccountDto,
  DepositDto,
  type EntryDto,
  EntryPageDto,
  type LedgerAccountDto,
  LedgerAccountPageDto,
  OpenAccountDto,
  TrialBalanceDto,
} from './accounts.dto.js';
import { EXAMPLE_ACCOUNT_ID } from './example-id.js';

/** Accounting's calls: customers' accounts and the journal. */
@ApiTags('Ledger')
@ForTeams('accounting')
@Controller('ops/v1')
export class BooksController {
  constructor(private readonly ledger: Ledger) {}

  @Post('accounts')
  @ApiOperation({ summary: 'Open an account for a customer' })
  @ApiCreatedResponse({ type: AccountDto })
  @ApiProblems('VALIDATION_FAILED')
  async open(@Body() request: OpenAccountDto): Promise<AccountDto> {
    return accountDto(await this.ledger.openAccount(customerId(request.customerId), request.name));
  }

  @Post('accounts/:id/deposits')
  @HttpCode(200)
  @ApiOperation({ summary: 'Credit an account from funding; idempotent by reference' })
  @ApiParam({ name: 'id', example: EXAMPLE_ACCOUNT_ID, description: 'A customer’s account' })
  @ApiOkResponse({ type: AccountDto, description: 'The account as it is now' })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND', 'AMOUNT_INVALID', 'LIMIT_EXCEEDED', 'REFERENCE_REUSED')
  async deposit(@Param('id') id: string, @Body() request: DepositDto): Promise<AccountDto> {
    const amount = Money.parse(request.amount);
    if (amount.isZero()) throw new DomainError('AMOUNT_INVALID');
    return accountDto(await this.ledger.deposit(existing(id), amount, request.reference));
  }

  @Get('ledger/accounts')
  @ApiOperation({ summary: 'The chart of accounts, customers’ accounts included' })
  @ApiOkResponse({ type: LedgerAccountPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async accounts(@Query() page: PageQuery): Promise<LedgerAccountPageDto> {
    const accounts = await this.ledger.allAccounts(page.limit + 1, decodeCursor(page.cursor, 'uuid'));
    return pageOf(accounts, page.limit, ({ createdAt: at, id }) => ({ at, id }), ledgerAccountDto);
  }

  @Get('ledger/accounts/:id/entries')
  @ApiOperation({ summary: 'The account’s journal entries, newest first' })
  @ApiParam({ name: 'id', example: SHARED_ACCOUNTS.IN_TRANSIT })
  @ApiOkResponse({ type: EntryPageDto })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND')
  async entries(@Param('id') id: string, @Query() page: PageQuery): Promise<EntryPageDto> {
    const before = decodeCursor(page.cursor, 'number');
    const entries = await this.ledger.entries(existing(id), page.limit + 1, before?.id ?? null);
    return pageOf(entries, page.limit, (entry) => ({ at: entry.bookedAt, id: entry.id }), entryDto);
  }

  @Get('ledger/trial-balance')
  @ApiOperation({ summary: 'Balances by kind of account, of one moment' })
  @ApiOkResponse({ type: TrialBalanceDto })
  async trialBalance(): Promise<TrialBalanceDto> {
    const { balanced, lines } = await this.ledger.trialBalance();
    return {
      balanced,
      lines: lines.map(({ account, debit, credit }) => ({
        account,
        debit: formatTiyn(debit),
        credit: formatTiyn(credit),
      })),
    };
  }
}

function accountDto({ id, name, currency, balance }: Account): AccountDto {
  return { id, name, currency, balance: balance.toString() };
}

function existing(text: string): AccountId {
  const id = accountId(text);
  if (id === null) throw new DomainError('NOT_FOUND');
  return id;
}

function ledgerAccountDto({ id, kind, customerId, name, currency, status, balance }: LedgerAccount): LedgerAccountDto {
  return {
    id,
    kind,
    meaning: CHART[kind].meaning,
    customerId,
    name,
    currency,
    status,
    balance: balance?.toString() ?? null,
  };
}

function entryDto({ id, purpose, reference, debit, credit, amount, bookedAt }: Entry): EntryDto {
  return {
    id,
    purpose,
    reference,
    debitAccountId: debit,
    creditAccountId: credit,
    amount: amount.toString(),
    bookedAt,
  };
}
