import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RecoveryEntity } from './persistence/recovery.entity.js';
import { Recovery } from './recovery.service.js';

@Module({ imports: [TypeOrmModule.forFeature([RecoveryEntity])], providers: [Recovery], exports: [Recovery] })
export class RecoveryModule {}
