import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BooksController } from './http/books.controller.js';
import { Ledger } from './ledger.service.js';
import { AccountEntity } from './persistence/account.entity.js';

@Module({ imports: [TypeOrmModule.forFeature([AccountEntity])], providers: [Ledger], exports: [Ledger] })
export class LedgerModule {}

/** The books, for the operator API. */
@Module({ imports: [LedgerModule], controllers: [BooksController] })
export class BooksHttpModule {}
