import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Outbox } from './outbox.js';
import { DoneMessageEntity, MessageEntity } from './persistence/message.entity.js';

/** One per process; the handlers of features register themselves with it. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([MessageEntity, DoneMessageEntity])],
  providers: [Outbox],
  exports: [Outbox],
})
export class OutboxModule {}
