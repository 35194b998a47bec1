import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { customerId, DomainError, Money } from '@mpp/kernel';
import { ApiProblems, decodeCursor, momentOf, PageQuery, pageOf } from '@mpp/platform';
import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CustomerAccounts } from '../accounts/customer-accounts.service.js';
import { LedgerAccounts } from '../accounts/ledger-accounts.js';
import { Balances } from '../books/balances.js';
import { JournalEntries } from '../books/journal-entries.js';
import { Corrections } from '../corrections/corrections.service.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';
import { Verifications } from '../verification/verifications.js';
import { accountIdInPath, EXAMPLE_ACCOUNT_ID } from './account-id.js';
import { AccountDto, AccountStatusRequestDto, accountDto, DepositDto, OpenAccountDto } from './accounts.dto.js';
import {
  CorrectionRequestDto,
  EntryDto,
  EntryPageDto,
  entryDto,
  LedgerAccountDto,
  LedgerAccountPageDto,
  ledgerAccountDto,
  MomentQuery,
  TrialBalanceDto,
  trialBalanceDto,
  VerificationPageDto,
  verificationDto,
} from './books.dto.js';
import { ChartDto, chartDto } from './chart.dto.js';

const ENTRY_ID = /^[1-9]\d{0,17}$/;

/** The books for accounting: accounts, journal, corrections, checks. */
@ApiTags('Ledger')
@ForTeams('accounting')
@Controller('ops/v1')
export class BooksController {
  constructor(
    private readonly customerAccounts: CustomerAccounts,
    private readonly ledgerAccounts: LedgerAccounts,
    private readonly balances: Balances,
    private readonly journal: JournalEntries,
    private readonly corrections: Corrections,
    private readonly checks: Verifications,
  ) {}

  @Post('accounts')
  @ApiOperation({ summary: 'Open an account for a customer' })
  @ApiCreatedResponse({ type: AccountDto })
  @ApiProblems('VALIDATION_FAILED', 'STATE_CONFLICT')
  async openAccount(@Body() request: OpenAccountDto): Promise<AccountDto> {
    return accountDto(await this.customerAccounts.openAccount(customerId(request.customerId), request.name));
  }

  @Post('accounts/:id/deposits')
  @HttpCode(200)
  @ApiOperation({ summary: 'Credit an account from funding; idempotent by reference' })
  @ApiParam({ name: 'id', example: EXAMPLE_ACCOUNT_ID, description: 'A customer’s account' })
  @ApiOkResponse({ type: AccountDto, description: 'The account after the deposit' })
  @ApiProblems(
    'VALIDATION_FAILED',
    'NOT_FOUND',
    'AMOUNT_INVALID',
    'LIMIT_EXCEEDED',
    'REFERENCE_REUSED',
    'ACCOUNT_UNUSABLE',
    'STATE_CONFLICT',
  )
  async postDeposit(@Param('id') id: string, @Body() request: DepositDto): Promise<AccountDto> {
    const amount = Money.parse(request.amount);
    if (amount.isZero()) throw new DomainError('AMOUNT_INVALID');
    return accountDto(await this.customerAccounts.postDeposit(accountIdInPath(id), amount, request.reference));
  }

  @Patch('accounts/:id')
  @ForTeams('operations')
  @ApiOperation({
    summary: 'Open, block or close a customer’s account of the own ledger',
    description:
      'Payments debit open accounts only; a refund or reversal goes to another open account of the customer, else into ' +
      'suspense. Only an account without a balance can be closed. The status that it has already: 200, and nothing changes.',
  })
  @ApiParam({ name: 'id', example: EXAMPLE_ACCOUNT_ID, description: 'A customer’s account' })
  @ApiOkResponse({ type: LedgerAccountDto, description: 'The account as it is now' })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND', 'ACCOUNT_NOT_EMPTY', 'STATE_CONFLICT')
  async changeStatus(
    @Param('id') id: string,
    @Body() { status, reason }: AccountStatusRequestDto,
    @CurrentOperator() operator: Operator,
  ): Promise<LedgerAccountDto> {
    return ledgerAccountDto(
      await this.customerAccounts.changeStatus(accountIdInPath(id), status, reason, operator.name),
    );
  }

  @Get('ledger/chart')
  @ApiOperation({ summary: 'The chart of accounts, and the purposes of entries' })
  @ApiOkResponse({ type: ChartDto })
  readChart(): ChartDto {
    return chartDto();
  }

  @Get('ledger/accounts')
  @ApiOperation({ summary: 'All accounts, customers’ included, oldest first' })
  @ApiOkResponse({ type: LedgerAccountPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async listAccounts(@Query() page: PageQuery): Promise<LedgerAccountPageDto> {
    const accounts = await this.ledgerAccounts.listAccounts(page.limit + 1, decodeCursor(page.cursor, 'uuid'));
    return pageOf(accounts, page.limit, ({ createdAt: at, id }) => ({ at, id }), ledgerAccountDto);
  }

  @Get('ledger/accounts/:id/entries')
  @ApiOperation({ summary: 'The account’s journal entries, newest first' })
  @ApiParam({ name: 'id', example: SHARED_ACCOUNTS.IN_TRANSIT })
  @ApiOkResponse({ type: EntryPageDto })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND')
  async listEntries(@Param('id') id: string, @Query() page: PageQuery): Promise<EntryPageDto> {
    const after = decodeCursor(page.cursor, 'number');
    const entries = await this.journal.listByAccount(accountIdInPath(id), page.limit + 1, after);
    return pageOf(entries, page.limit, (entry) => ({ at: entry.bookedAt, id: entry.id }), entryDto);
  }

  @Post('ledger/entries/:id/correction')
  @ApiOperation({
    summary: 'Correct an entry by its opposite',
    description:
      'Once. Deposits, fees, differences, payouts, nettings and corrections; entries of payments and refunds: 409.',
  })
  @ApiParam({ name: 'id', example: '999999999999', description: 'The entry' })
  @ApiCreatedResponse({ type: EntryDto, description: 'The correction' })
  @ApiOkResponse({ type: EntryDto, description: 'The correction that the same operator made for the same reason' })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND', 'STATE_CONFLICT', 'LIMIT_EXCEEDED')
  async correctEntry(
    @Param('id') id: string,
    @Body() { reason }: CorrectionRequestDto,
    @CurrentOperator() operator: Operator,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EntryDto> {
    if (!ENTRY_ID.test(id)) throw new DomainError('NOT_FOUND');
    const { correction, created } = await this.corrections.correctEntry({
      corrects: id,
      reason,
      operator: operator.name,
    });
    reply.status(created ? 201 : 200);
    return entryDto(correction);
  }

  @Get('ledger/trial-balance')
  @ApiOperation({ summary: 'Balances by kind of account, now or at a moment of the past' })
  @ApiOkResponse({ type: TrialBalanceDto })
  @ApiProblems('VALIDATION_FAILED')
  async trialBalance(@Query() query: MomentQuery): Promise<TrialBalanceDto> {
    return trialBalanceDto(await this.balances.trialBalance(momentOf(query.at) ?? null));
  }

  @Get('ledger/verifications')
  @ApiOperation({ summary: 'The checks of the books and their results, newest first' })
  @ApiOkResponse({ type: VerificationPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async listVerifications(@Query() page: PageQuery): Promise<VerificationPageDto> {
    const checks = await this.checks.listVerifications(page.limit + 1, decodeCursor(page.cursor, 'number'));
    return pageOf(checks, page.limit, ({ verifiedAt: at, id }) => ({ at, id }), verificationDto);
  }
}
