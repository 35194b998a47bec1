import { Global, Module } from '@nestjs/common';
import { Outbox } from './outbox.js';

/** One per process; handlers of features above register themselves with it. */
@Global()
@Module({ providers: [Outbox], exports: [Outbox] })
export class OutboxModule {}
