import { ForTeams } from '@mpp/access';
import { Clock } from '@mpp/kernel';
import { ApiProblems, momentOf } from '@mpp/platform';
import { csvOf, XLSX_MEDIA_TYPE, xlsxOf } from '@mpp/spreadsheet';
import { Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Balances } from '../books/balances.js';
import { Statements } from '../books/statements.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';
import type { Statement } from '../domain/statement.js';
import { accountIdInPath } from './account-id.js';
import { AccountBalanceDto, accountBalanceDto, MomentQuery } from './books.dto.js';
import {
  decodeStatementCursor,
  PeriodQuery,
  periodOf,
  StatementDto,
  StatementQuery,
  statementDto,
} from './statement.dto.js';
import { STATEMENT_COLUMNS, statementRows } from './statement-sheet.js';

const CSV = 'text/csv; charset=utf-8';

const AccountParam = () => ApiParam({ name: 'id', example: SHARED_ACCOUNTS.IN_TRANSIT, description: 'Any account' });

/** The balance and the statement of one account, for accounting. */
@ApiTags('Ledger')
@ForTeams('accounting')
@Controller('ops/v1/ledger/accounts/:id')
export class StatementsController {
  constructor(
    private readonly balances: Balances,
    private readonly statements: Statements,
    private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'An account with its balance, now or at a moment of the past' })
  @AccountParam()
  @ApiOkResponse({ type: AccountBalanceDto })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND')
  async readAccount(@Param('id') id: string, @Query() query: MomentQuery): Promise<AccountBalanceDto> {
    const { account, balance, at } = await this.balances.accountBalance(
      accountIdInPath(id),
      momentOf(query.at) ?? null,
    );
    return accountBalanceDto(account, balance, at);
  }

  @Get('statement')
  @ApiOperation({ summary: 'The account’s statement of a period, with the balance after each entry' })
  @AccountParam()
  @ApiOkResponse({ type: StatementDto, description: 'Entries in journal order; sums of the whole period' })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND')
  async readStatement(@Param('id') id: string, @Query() query: StatementQuery): Promise<StatementDto> {
    const cursor = decodeStatementCursor(query.cursor);
    const period = periodOf(query, cursor?.end ?? this.clock.now());
    const page = await this.statements.readStatementPage(
      accountIdInPath(id),
      period,
      cursor?.position ?? null,
      query.limit,
    );
    return statementDto(page);
  }

  @Get('statement.csv')
  @ApiOperation({
    summary: 'The same statement as CSV',
    description: 'RFC 4180: commas, UTF-8 with a byte order mark.',
  })
  @AccountParam()
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' }, description: 'All entries of the period' })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND')
  async writeCsv(@Param('id') id: string, @Query() query: PeriodQuery): Promise<StreamableFile> {
    const { pages, name } = await this.exportOf(id, query);
    return attachment(csvOf(STATEMENT_COLUMNS, statementRows(pages)), CSV, `${name}.csv`);
  }

  @Get('statement.xlsx')
  @ApiOperation({ summary: 'The same statement as an Excel file' })
  @AccountParam()
  @ApiProduces(XLSX_MEDIA_TYPE)
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' }, description: 'All entries of the period' })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND')
  async writeXlsx(@Param('id') id: string, @Query() query: PeriodQuery): Promise<StreamableFile> {
    const { pages, name } = await this.exportOf(id, query);
    return attachment(xlsxOf('Statement', STATEMENT_COLUMNS, statementRows(pages)), XLSX_MEDIA_TYPE, `${name}.xlsx`);
  }

  /** A request with an error is refused here, before the first byte of the file is sent. */
  private async exportOf(id: string, query: PeriodQuery): Promise<{ pages: AsyncIterable<Statement>; name: string }> {
    const period = periodOf(query, this.clock.now());
    const { account } = await this.balances.accountBalance(accountIdInPath(id), null);
    const day = (moment: Date) => moment.toISOString().slice(0, 10);
    const days = [period.from, period.to].flatMap((moment) => (moment === null ? [] : [day(moment)]));
    return {
      pages: this.statements.readStatementPages(account.id, period),
      name: ['statement', account.id, ...days].join('-'),
    };
  }
}

function attachment(
  stream: ConstructorParameters<typeof StreamableFile>[0],
  type: string,
  name: string,
): StreamableFile {
  return new StreamableFile(stream as never, { type, disposition: `attachment; filename="${name}"` });
}
