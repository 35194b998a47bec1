import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CoreFixture, NEXT_REPEAT_MS } from '../../../test/support/core-fixture.js';
import { LINKS } from '../../../test/support/kaspi-peer.js';

const IN_DOUBT_AFTER_MS = 10 * NEXT_REPEAT_MS;
const WITHIN_MS = 60 * NEXT_REPEAT_MS;

let fixture: CoreFixture;
beforeAll(async () => {
  fixture = await CoreFixture.start({ IN_DOUBT_AFTER_MS: String(IN_DOUBT_AFTER_MS) });
});
afterAll(() => fixture.stop());

/** Writes of rows with this condition fail until the returned function is called. */
async function refuseRows(table: string, condition: string): Promise<() => Promise<unknown>> {
  await fixture.database.query(`
    create function refuse_rows() returns trigger language plpgsql as $$ begin raise exception 'refused by the test'; end $$;
    create trigger refuse_rows before insert or update on ${table} for each row when (${condition})
      execute function refuse_rows()`);
  return () => fixture.database.query('drop function refuse_rows cascade');
}

async function repeatTimes(times: number): Promise<void> {
  for (let n = 0; n < times; n++) await fixture.repeat();
}

describe('an answer that can never be recorded', () => {
  it('of the PS counts as none: the payment becomes IN_DOUBT, which operators see and can resolve', async () => {
    const alia = await fixture.customer();
    const id = await fixture.scanned(alia, WITHIN_MS);
    const accept = await refuseRows('receipts', `new.payment_id = '${id}'`);
    await alia.confirm(id);
    await fixture.quiet();
    await repeatTimes(4);
    expect(await fixture.status(id)).toBe('PROCESSING');
    await repeatTimes(IN_DOUBT_AFTER_MS / NEXT_REPEAT_MS);
    expect(await fixture.status(id)).toBe('IN_DOUBT');
    expect(await fixture.alerts(id)).toEqual(['PAYMENT_IN_DOUBT']);
    expect((await fixture.server.mpp.resolve(id, 'CONFIRMED')).body).toMatchObject({ status: 'CONFIRMED' });
    // Later it can be recorded: its repeats bring the receipt.
    await accept();
    await repeatTimes(1);
    expect((await alia.payment(id)).body).toMatchObject({ status: 'CONFIRMED', receipt: LINKS });
    expect(await fixture.journal(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
    expect(await fixture.messages(id)).toEqual([]);
  });

  it('of the bank’s core to a debit counts as none: after the deadline the debit is given back', async () => {
    const alia = await fixture.customer();
    const id = await fixture.scanned(alia, WITHIN_MS);
    const accept = await refuseRows(
      'core_operations',
      `new.kind = 'DEBIT' and new.state = 'DONE' and new.subject = '${id}'`,
    );
    await alia.confirm(id);
    await fixture.quiet();
    await repeatTimes(4);
    expect(await fixture.status(id)).toBe('DEBITING');
    expect(fixture.core.change(alia.account)).toBe(-10_000n);
    fixture.clock.advance(WITHIN_MS);
    await repeatTimes(4);
    expect(await fixture.status(id)).toBe('REVERSED');
    expect(fixture.core.change(alia.account)).toBe(0n);
    expect(fixture.notifyResults(id)).toEqual(['PROCESS_FAIL']);
    await accept();
  });
});
