import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CustomerAccounts } from './accounts/customer-accounts.service.js';
import { LedgerAccounts } from './accounts/ledger-accounts.js';
import { Balances } from './books/balances.js';
import { JournalEntries } from './books/journal-entries.js';
import { Statements } from './books/statements.js';
import { Corrections } from './corrections/corrections.service.js';
import { BooksController } from './http/books.controller.js';
import { StatementsController } from './http/statements.controller.js';
import { AccountEntity } from './persistence/account.entity.js';
import { CheckpointEntity } from './persistence/checkpoint.entity.js';
import { EntryEntity } from './persistence/entry.entity.js';
import { SealEntity } from './persistence/seal.entity.js';
import { TurnoverEntity } from './persistence/turnover.entity.js';
import { VerificationEntity } from './persistence/verification.entity.js';
import { Ledger } from './posting/ledger.js';
import { JournalSeals } from './seals/journal-seals.service.js';
import { JournalCheck } from './verification/journal-check.js';
import { Verifications } from './verification/verifications.js';

const SERVICES = [
  CustomerAccounts,
  LedgerAccounts,
  Ledger,
  Balances,
  Statements,
  JournalEntries,
  Corrections,
  JournalSeals,
  JournalCheck,
  Verifications,
];
const ENTITIES = [AccountEntity, EntryEntity, SealEntity, TurnoverEntity, CheckpointEntity, VerificationEntity];

@Module({ imports: [TypeOrmModule.forFeature(ENTITIES)], providers: SERVICES, exports: SERVICES })
export class LedgerModule {}

/** The books, for the operator API. */
@Module({ imports: [LedgerModule], controllers: [BooksController, StatementsController] })
export class BooksHttpModule {}
