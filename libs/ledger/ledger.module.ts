import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Books } from './books.js';
import { Corrections } from './corrections.service.js';
import { BooksController } from './http/books.controller.js';
import { StatementsController } from './http/statements.controller.js';
import { JournalCheck } from './journal-check.js';
import { JournalSeals } from './journal-seals.service.js';
import { Ledger } from './ledger.service.js';
import { AccountEntity } from './persistence/account.entity.js';
import { Verifications } from './verifications.js';

const SERVICES = [Ledger, Books, Corrections, JournalSeals, JournalCheck, Verifications];

@Module({ imports: [TypeOrmModule.forFeature([AccountEntity])], providers: SERVICES, exports: SERVICES })
export class LedgerModule {}

/** The books, for the operator API. */
@Module({ imports: [LedgerModule], controllers: [BooksController, StatementsController] })
export class BooksHttpModule {}
