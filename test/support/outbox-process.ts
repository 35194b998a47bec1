import { Settings } from '@mpp/config';
import { OutboxModule } from '@mpp/outbox';
import { PlatformModule } from '@mpp/platform';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { QUIET } from './mpp.js';
import type { TestClock } from './test-clock.js';

/** Starts a process that only runs an outbox. Scheduled claims are off: a test calls `drainOnce`. */
export function startOutboxProcess(url: string, clock: TestClock): Promise<INestApplicationContext> {
  const settings = Settings.read({
    ...QUIET,
    DATABASE_URL: url,
    KASPI_BASE_URL: 'http://127.0.0.1:9',
    BACKGROUND_WORK: 'off',
  });
  const root = {
    module: class Root {},
    imports: [PlatformModule.with({ settings, clock, databaseClock: clock.ofDatabase }), OutboxModule],
  };
  return NestFactory.createApplicationContext(root, { logger: false });
}
