import { formatTiyn } from '@mpp/kernel';
import {
  ApiMoment,
  ApiNullable,
  FilterInstant,
  momentOf,
  PageQuery,
  pick,
  requireOrder,
  unknownCursor,
} from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import { ACCOUNT_KINDS, type AccountKind, ENTRY_PURPOSES, type EntryPurpose } from '../domain/chart.js';
import type { Period, Statement, StatementLine, StatementPosition } from '../domain/statement.js';
import { LedgerAccountDto, ledgerAccountDto } from './books.dto.js';

const FROM_DESCRIPTION = 'Entries booked at this moment or later; without it, from the beginning';
const TO_DESCRIPTION = 'Entries booked before this moment; without it, up to now';

export class PeriodQuery {
  @FilterInstant(FROM_DESCRIPTION)
  from?: string;

  @FilterInstant(TO_DESCRIPTION)
  to?: string;
}

export class StatementQuery extends PageQuery {
  @FilterInstant(FROM_DESCRIPTION)
  from?: string;

  @FilterInstant(TO_DESCRIPTION)
  to?: string;
}

export class StatementLineDto {
  @ApiProperty({ example: '1024', description: 'Grows along the journal' })
  entryId!: string;

  @ApiProperty({ enum: ENTRY_PURPOSES, example: 'PAYMENT' })
  purpose!: EntryPurpose;

  @ApiProperty({ example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44' })
  reference!: string;

  @ApiMoment() bookedAt!: Date;

  @ApiProperty({ example: '00000000-0000-7000-8000-000000000002', description: 'The account on the other side' })
  counterAccountId!: string;

  @ApiProperty({ enum: ACCOUNT_KINDS, example: 'IN_TRANSIT' })
  counterKind!: AccountKind;

  @ApiProperty({ example: '100.00' })
  debit!: string;

  @ApiProperty({ example: '0.00' })
  credit!: string;

  @ApiProperty({ example: '900.00', description: 'After the entry, positive on the account’s normal side' })
  balance!: string;
}

export class StatementDto {
  @ApiProperty({ type: LedgerAccountDto })
  account!: LedgerAccountDto;

  @ApiNullable(Date, null) from!: Date | null;

  @ApiMoment() to!: Date;

  @ApiProperty({ example: '1000.00', description: 'Of the entries booked before the period' })
  openingBalance!: string;

  @ApiProperty({ example: '100.00', description: 'In the whole period, not only on this page' })
  debited!: string;

  @ApiProperty({ example: '0.00' })
  credited!: string;

  @ApiProperty({ example: '900.00' })
  closingBalance!: string;

  @ApiProperty({ type: [StatementLineDto], description: 'In journal order' })
  items!: StatementLineDto[];

  @ApiNullable(String, null) nextCursor!: string | null;
}

/** VALIDATION_FAILED if the period ends before it begins. */
export function periodOf({ from, to }: PeriodQuery, end: Date): Period {
  const period = { from: momentOf(from) ?? null, to: momentOf(to) ?? end };
  requireOrder(period.from, period.to);
  return period;
}

/** The period's end, the horizon of the journal, and the id of the last entry shown. */
const CURSOR = /^(\d{1,15})~(\d{1,18})~(\d{1,18})$/;

/** Null without a cursor; VALIDATION_FAILED for text that is not a cursor of a statement. */
export function decodeStatementCursor(cursor: string | undefined): { end: Date; position: StatementPosition } | null {
  if (cursor === undefined) return null;
  const [, end, horizon, after] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (end === undefined || horizon === undefined || after === undefined) {
    throw unknownCursor();
  }
  return { end: new Date(Number(end)), position: { horizon, after } };
}

function encodeStatementCursor({ to }: Period, { horizon, after }: StatementPosition): string {
  return Buffer.from(`${to.getTime()}~${horizon}~${after}`).toString('base64url');
}

export function statementDto(statement: Statement): StatementDto {
  const { account, period, turnover, lines, next } = statement;
  return {
    account: ledgerAccountDto(account),
    from: period.from,
    to: period.to,
    openingBalance: formatTiyn(statement.openingBalance),
    debited: formatTiyn(turnover.debited),
    credited: formatTiyn(turnover.credited),
    closingBalance: formatTiyn(statement.closingBalance),
    items: lines.map(statementLineDto),
    nextCursor: next && encodeStatementCursor(period, next),
  };
}

function statementLineDto({ turnover, balance, ...line }: StatementLine): StatementLineDto {
  return {
    ...pick(line, 'entryId', 'purpose', 'reference', 'bookedAt', 'counterAccountId', 'counterKind'),
    debit: formatTiyn(turnover.debited),
    credit: formatTiyn(turnover.credited),
    balance: formatTiyn(balance),
  };
}
