import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { BY_HAND, paymentFixture } from '../support/payment-fixture.js';
import { expectProblem, type Problem } from '../support/problems.js';
import { PsRefunds } from '../support/ps-refunds.js';

/** Errors of PostgreSQL, or of a pooler before it, that a repeat may not meet, and what the log has to say. */
const TEMPORARY: readonly (readonly [code: string, line: string])[] = [
  ['40001', 'transactions exclude each other: raised by the test'],
  ['40P01', 'transactions exclude each other: raised by the test'],
  ['55P03', 'another transaction keeps a lock: raised by the test, PL/pgSQL function fail() line 1 at RAISE'],
  ['25006', 'the database is away: raised by the test'],
  ['57P01', 'the database is away: raised by the test'],
  ['57P03', 'the database is away: raised by the test'],
  ['57014', 'the database is away: raised by the test'],
  ['08006', 'the database is away: raised by the test'],
  ['08P01', 'the database is away: raised by the test'],
  ['53300', 'the database is away: raised by the test'],
];

describe('An error of the database that passes', () => {
  const fixture = paymentFixture(BY_HAND);

  afterEach(async () => {
    jest.restoreAllMocks();
    await fixture.database.query('drop function if exists fail cascade');
  });

  /** Every insert into the table fails with this code. */
  async function failing(table: string, code: string): Promise<void> {
    await fixture.database.query(
      `create function fail() returns trigger language plpgsql as $$ begin raise exception 'raised by the test' using errcode = '${code}'; end $$`,
    );
    await fixture.database.query(`create trigger fail before insert on ${table} for each row execute function fail()`);
  }

  /** The error lines that are logged from now on. */
  function loggedErrors(): string[] {
    const lines: string[] = [];
    jest.spyOn(Logger.prototype, 'error').mockImplementation((line: unknown) => void lines.push(String(line)));
    return lines;
  }

  it.each(TEMPORARY)('%s is 503 with Retry-After, is logged as what it is, and changes nothing', async (code, line) => {
    const lines = loggedErrors();
    await failing('qr_payments', code);
    const alia = await fixture.customer();
    const token = await fixture.server.mpp.customerToken(alia.id);
    const scan = () =>
      fixture.server.mpp.call<Problem>('POST', '/v1/scans', { token, body: { qrCode: `for ${alia.id}` } });
    const answer = await scan();
    expectProblem(answer, 503, 'SERVICE_UNAVAILABLE');
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(lines.filter((one) => one.endsWith(line))).toHaveLength(1);
    await fixture.database.query('drop function fail cascade');
    expect((await scan()).status).toBe(201);
  });

  it.each(TEMPORARY)('%s leaves a refund of the PS undecided: 503 without a result', async (code, line) => {
    const lines = loggedErrors();
    await failing('refund_calls', code);
    const reply = await new PsRefunds(`${fixture.server.kaspiUrl}/refund`).refund({ paymentId: 'unknown' });
    expect([reply.status, reply.text]).toEqual([503, '']);
    expect(lines.filter((one) => one.endsWith(line))).toHaveLength(1);
  });
});
