import type { AuditEntry } from '@mpp/access';
import { CoreOperationDto, coreOperationDto } from '@mpp/core-banking';
import { ACCOUNT_KINDS, type AccountKind, ENTRY_PURPOSES, type EntryWithAccountKinds } from '@mpp/ledger';
import { ApiMoment, ApiNullable, pick } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import type { SharedRecords } from '../details/shared-records.js';
import { MessageDto, messageDto } from './outbox.dto.js';

export class EntryAccountDto {
  @ApiProperty({ example: '00000000-0000-7000-8000-000000000002' }) id!: string;
  @ApiProperty({ enum: ACCOUNT_KINDS, example: 'IN_TRANSIT' }) account!: AccountKind;
}

export class JournalEntryDto {
  @ApiProperty({ example: '1024', description: 'Grows along the journal' }) id!: string;
  @ApiProperty({ enum: ENTRY_PURPOSES, example: 'SETTLEMENT' }) purpose!: string;
  @ApiProperty({ type: EntryAccountDto }) debit!: EntryAccountDto;
  @ApiProperty({ type: EntryAccountDto }) credit!: EntryAccountDto;
  @ApiProperty({ example: '100.00' }) amount!: string;
  @ApiMoment() bookedAt!: Date;
  @ApiNullable(String, null, 'Of a correction: the corrected entry') corrects!: string | null;
  @ApiNullable(String, null, 'Of a correction: why') reason!: string | null;
  @ApiNullable(String, null, 'The operator of a correction') operator!: string | null;
}

export class AuditLineDto {
  @ApiProperty({ type: Date, example: '2026-02-19T10:53:02.101Z' }) at!: Date;
  @ApiProperty({ example: 'aigerim' }) actor!: string;
  @ApiProperty({ example: 'PAYMENT_RESOLVED' }) action!: string;
  @ApiNullable(String, 'Kaspi support, case 4711: the purchase is paid') reason!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: { outcome: 'CONFIRMED' } })
  details!: object | null;
}

/** What core, journal, outbox and audit trail recorded. Each list is oldest first. */
export class SharedRecordsDto {
  @ApiProperty({ type: [CoreOperationDto], description: 'Requests to the bank’s core, those for refunds included' })
  coreOperations!: CoreOperationDto[];

  @ApiProperty({ type: [JournalEntryDto], description: 'Journal entries, those of refunds included' })
  entries!: JournalEntryDto[];

  @ApiProperty({ type: [MessageDto], description: 'Messages of the outbox, delivered and waiting' })
  messages!: MessageDto[];

  @ApiProperty({ type: [AuditLineDto], description: 'Actions of operators' }) audit!: AuditLineDto[];
}

export function sharedRecordsDto({ coreOperations, entries, messages, audit }: SharedRecords): SharedRecordsDto {
  return {
    coreOperations: coreOperations.map(coreOperationDto),
    entries: entries.map(journalEntryDto),
    messages: messages.map(messageDto),
    audit: audit.map((line: AuditEntry) => pick(line, 'at', 'actor', 'action', 'reason', 'details')),
  };
}

function journalEntryDto(entry: EntryWithAccountKinds): JournalEntryDto {
  return {
    ...pick(entry, 'id', 'purpose', 'bookedAt', 'corrects', 'reason', 'operator'),
    debit: { id: entry.debitAccountId, account: entry.debitKind },
    credit: { id: entry.creditAccountId, account: entry.creditKind },
    amount: entry.amount.toString(),
  };
}
