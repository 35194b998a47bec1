import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ReceiptEntity } from './persistence/receipt.entity.js';
import { Receipts } from './receipts.service.js';

@Module({ imports: [TypeOrmModule.forFeature([ReceiptEntity])], providers: [Receipts], exports: [Receipts] })
export class ReceiptsModule {}
