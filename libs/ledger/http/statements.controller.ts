import type { Readable } from 'node:stream';
import { ForTeams } from '@mpp/access';
import { Clock } from '@mpp/kernel';
import { ApiProblems, Downloads, momentOf, ServesFile } from '@mpp/platform';
import { type Column, csvOf, type Rows, XLSX_MEDIA_TYPE, xlsxOf } from '@mpp/spreadsheet';
import { Controller, Get, Param, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Balances } from '../books/balances.js';
import { Statements } from '../books/statements.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';
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

/** A format of exported statements. */
interface Format {
  readonly type: string;
  readonly extension: string;
  readonly write: (columns: readonly Column[], rows: Rows) => Readable;
}

const CSV: Format = { type: 'text/csv; charset=utf-8', extension: 'csv', write: csvOf };
const XLSX: Format = {
  type: XLSX_MEDIA_TYPE,
  extension: 'xlsx',
  write: (columns, rows) => xlsxOf('Statement', columns, rows),
};

const AccountParam = () => ApiParam({ name: 'id', example: SHARED_ACCOUNTS.IN_TRANSIT, description: 'Any account' });

/** The balance and the statement of one account, for accounting. */
@ApiTags('Ledger')
@ForTeams('accounting')
@Controller('ops/v1/ledger/accounts/:id')
export class StatementsController {
  constructor(
    private readonly balances: Balances,
    private readonly statements: Statements,
    private readonly downloads: Downloads,
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
  @ServesFile(CSV.type, 'All entries of the period')
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND')
  async writeCsv(
    @Param('id') id: string,
    @Query() query: PeriodQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return this.serve(reply, id, query, CSV);
  }

  @Get('statement.xlsx')
  @ApiOperation({ summary: 'The same statement as an Excel file' })
  @AccountParam()
  @ServesFile(XLSX.type, 'All entries of the period')
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND')
  async writeXlsx(
    @Param('id') id: string,
    @Query() query: PeriodQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return this.serve(reply, id, query, XLSX);
  }

  private async serve(reply: FastifyReply, id: string, query: PeriodQuery, format: Format): Promise<StreamableFile> {
    const [account, period] = [accountIdInPath(id), periodOf(query, this.clock.now())];
    const days = [period.from, period.to].flatMap((moment) => moment?.toISOString().slice(0, 10) ?? []);
    const name = ['statement', account, ...days].join('-');
    const attachment = { type: format.type, disposition: `attachment; filename="${name}.${format.extension}"` };
    return this.downloads.serveFile(reply, attachment, ({ write }) =>
      write(format.write(STATEMENT_COLUMNS, statementRows(this.statements.readStatementPages(account, period)))),
    );
  }
}
