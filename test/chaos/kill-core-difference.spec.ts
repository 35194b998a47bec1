import { describe, expect } from '@jest/globals';
import { registryFile, type WrittenRow } from '../support/registry-files.js';
import { until } from '../support/until.js';
import { CoreStage, type Paying } from './core-stage.js';
import { NOT_EXECUTED, SLOW_ANSWER } from './core-steps.js';
import { crashOf } from './crash.js';

interface Prepared {
  readonly paying: Paying;
  readonly discrepancy: string;
  readonly settlement: Settlement;
}

interface Settlement {
  readonly action: 'GIVE_BACK' | 'TAKE_UP';
  readonly accountId?: string;
}

let operations = 0;
const row = (given: Partial<WrittenRow> = {}): WrittenRow => ({
  ...{ kaspiOperationId: `QR88${++operations}`, at: new Date(), amount: 10_000n, rate: '0,50', mcc: '5812', ...given },
});

async function settle({ mpp }: CoreStage, { discrepancy, settlement }: Omit<Prepared, 'paying'>) {
  const token = await mpp.teamToken('accounting');
  const body = { ...settlement, reason: 'letter of Kaspi 17/3' };
  return mpp.call('POST', `/ops/v1/discrepancies/${discrepancy}/settle`, { token, body });
}

/** A server is killed at each step of an operator's decision that moves money at a bank's core (R40). */
describe('kill -9 while a discrepancy is settled at a bank’s core,', () => {
  // The registry is read in the background.
  const killed = crashOf(() => CoreStage.open({ BACKGROUND_WORK: 'on', OUTBOX_POLL_MS: '30' }));

  async function listed(stage: CoreStage, given: WrittenRow, kind: string, settlement: Settlement) {
    const { body } = await stage.mpp.upload(await registryFile('DAILY', [given]));
    const find = () =>
      stage.database.query<{ id: string; kind: string; payment_id: string | null }>(
        'select id, kind, payment_id from registry_discrepancies where registry_id = $1',
        [body.id],
      );
    const found = await until('the discrepancies', find, (rows) => rows.some((each) => each.kind === kind));
    return { found, settlement };
  }

  /** A payment that Kaspi does not list, to be given back. */
  async function unlisted(stage: CoreStage): Promise<Prepared> {
    const paying = await stage.paid();
    const { found, settlement } = await listed(stage, row(), 'MISSING_AT_KASPI', { action: 'GIVE_BACK' });
    const ours = found.find(({ payment_id: payment }) => payment === paying.payment);
    return { paying, discrepancy: ours?.id ?? '', settlement };
  }

  /** A purchase that only Kaspi has, to be debited from its customer. */
  async function unknown(stage: CoreStage): Promise<Prepared> {
    const paying = await stage.scanned();
    const { found, settlement } = await listed(stage, row({ customerId: paying.customer }), 'MISSING_AT_MPP', {
      ...{ action: 'TAKE_UP', accountId: paying.account },
    });
    return {
      ...{ paying, settlement },
      discrepancy: found.find(({ kind }) => kind === 'MISSING_AT_MPP')?.id ?? '',
    };
  }

  /** The entries of the discrepancy's operation, besides those of a payment. */
  const entries = async (stage: CoreStage, { discrepancy }: Prepared) =>
    (
      await stage.database.query<{ purpose: string }>(
        `select e.purpose from registry_discrepancies d join ledger_entries e on e.reference = d.adjustment_id::text
         where d.id = $1 and e.purpose like 'DIFFERENCE%' order by e.id`,
        [discrepancy],
      )
    ).map(({ purpose }) => purpose);

  async function expectMovedOnce(stage: CoreStage, prepared: Prepared): Promise<void> {
    const { paying, settlement } = prepared;
    // The same call again, also where the settlement was not committed.
    expect(await settle(stage, prepared)).toMatchObject({ status: 200 });
    const isDebit = settlement.action === 'TAKE_UP';
    const expected = ['DIFFERENCE', isDebit ? 'DIFFERENCE_DEBIT' : 'DIFFERENCE_CREDIT'];
    const nothingWaits = () => stage.database.query(`select key from outbox_messages where topic = 'coreDifference'`);
    await until('the core’s answers', nothingWaits, (rows) => rows.length === 0);
    expect(await entries(stage, prepared)).toEqual(expected);
    expect(stage.movedOf(paying)).toEqual(isDebit ? ['DEBIT'] : ['DEBIT', 'CREDIT']);
    expect(stage.balanceOf(paying, paying.account)).toBe(isDebit ? '900.00' : '1000.00');
    expect(await stage.mpp.trialBalance()).toMatchObject({ balanced: true });
  }

  for (const [name, prepare, method] of [
    ['a credit', unlisted, 'coreCredit'],
    ['a debit', unknown, 'coreDebit'],
  ] as const) {
    killed(
      `${name}: before the commit, nothing is requested, and the same call then moves the money once`,
      async (stage) => {
        const prepared = await prepare(stage);
        const silent = stage.silence('statement', ['INSERT INTO "access_audit"', prepared.discrepancy], 'COMMIT');
        settle(stage, prepared).catch(() => undefined);
        await silent;
        return prepared;
      },
      expectMovedOnce,
    );

    killed(
      `${name}: while the core has not carried it out, the next server requests it`,
      async (stage) => {
        const prepared = await prepare(stage);
        stage.fail({ [method]: [NOT_EXECUTED] });
        await settle(stage, prepared);
        await stage.untilSpent(method);
        return prepared;
      },
      expectMovedOnce,
    );

    killed(
      `${name}: before the core’s answer is stored, the next server asks again, and it is moved once`,
      async (stage) => {
        const prepared = await prepare(stage);
        stage.fail({ [method]: [SLOW_ANSWER] });
        await settle(stage, prepared);
        const rows = await stage.database.query<{ id: string }>(
          `select o.id from core_operations o join registry_core_moves m on m.id = o.subject where m.discrepancy_id = $1`,
          [prepared.discrepancy],
        );
        await stage.silence('statement', ['update core_operations', rows[0]?.id ?? '']);
        return prepared;
      },
      expectMovedOnce,
    );
  }
});
