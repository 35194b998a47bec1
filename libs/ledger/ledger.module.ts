import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountsController } from './http/accounts.controller.js';
import { BooksController } from './http/books.controller.js';
import { Ledger } from './ledger.service.js';
import { AccountEntity } from './persistence/account.entity.js';

@Module({ imports: [TypeOrmModule.forFeature([AccountEntity])], providers: [Ledger], exports: [Ledger] })
export class LedgerModule {}

/** The customer's accounts, for the mobile API. */
@Module({ imports: [LedgerModule], controllers: [AccountsController] })
export class AccountsHttpModule {}

/** The books, for the operator API. */
@Module({ imports: [LedgerModule], controllers: [BooksController] })
export class BooksHttpModule {}
