import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { Settings } from '@mpp/config';
import { customerId } from '@mpp/kernel';
import { createListener, Database, PlatformModule } from '@mpp/platform';
import { Controller, Module, Param, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessHttpModule, AccessModule, AuditHttpModule } from '../../libs/access/access.module.js';
import { AuditTrail } from '../../libs/access/audit/audit-trail.js';
import type { NewAuditEntry } from '../../libs/access/domain/audit.js';
import type { Operator } from '../../libs/access/domain/caller.js';
import { CurrentOperator, ForTeams } from '../../libs/access/http/guards.js';
import { createDatabase, type TestDatabase } from './database.js';
import { Mpp, QUIET } from './mpp.js';
import { TestClock } from './test-clock.js';

export const PAYMENT = '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44';
export const ALIA = customerId('900900000001');
export const clock = new TestClock();

/** A feature with an action of operators that is recorded in the audit trail. */
@ForTeams('operations')
@Controller('test-actions')
class TestActionsController {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  @Post(':subject')
  async act(@CurrentOperator() { name, roles }: Operator, @Param('subject') subject: string): Promise<void> {
    await this.database.transaction((tx) =>
      this.trail.recordAction(tx, {
        at: clock.now(),
        actor: name,
        action: 'OUTBOX_RETRIED',
        subject,
        details: { roles },
      }),
    );
  }
}

@Module({ controllers: [TestActionsController] })
class TestActionsModule {}

/** A listener with the audit trail and a controller that writes to it: registers the hooks that start and stop it. */
export function auditFixture() {
  const fixture = {} as {
    test: TestDatabase;
    mpp: Mpp;
    database: Database;
    trail: AuditTrail;
  };

  let app: NestFastifyApplication;
  beforeAll(async () => {
    fixture.test = await createDatabase();
    const settings = Settings.read({ ...QUIET, DATABASE_URL: fixture.test.url, KASPI_BASE_URL: 'http://127.0.0.1:9' });
    app = await createListener('public', {
      module: class Root {},
      imports: [
        PlatformModule.with({ settings, clock, databaseClock: clock.ofDatabase }),
        AccessModule,
        AccessHttpModule.with(settings),
        AuditHttpModule,
        TestActionsModule,
      ],
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    fixture.mpp = new Mpp(await app.getUrl());
    fixture.database = app.get(Database);
    fixture.trail = app.get(AuditTrail);
  });

  afterAll(async () => {
    await app.close();
    await fixture.test.drop();
  });

  beforeEach(async () => {
    // Only the owner can do this, without the guard.
    await fixture.test.query('alter table access_audit disable trigger user; truncate access_audit');
    await fixture.test.query('alter table access_audit enable always trigger access_audit_keep');
    await fixture.test.query('alter table access_audit enable always trigger access_audit_keep_all');
  });

  const resolved = (other: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
    at: clock.now(),
    actor: 'aigerim',
    action: 'PAYMENT_RESOLVED',
    subject: PAYMENT,
    ...other,
  });

  const all = () => fixture.trail.listActions({}, 100, null);

  return { fixture, resolved, all };
}
