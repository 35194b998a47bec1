import { describe, expect } from '@jest/globals';
import { until } from '../support/until.js';
import { crash, type Stage } from './crash.js';

/** A payment without an answer is in doubt at once. */
const DOUBT = { IN_DOUBT_AFTER_MS: '1' };
const QUICK = { ...DOUBT, CORE_BANKING_RETRY_BASE_MS: '20', CORE_BANKING_RETRY_MAX_MS: '50' };

interface Doubted {
  readonly customer: string;
  readonly account: string;
  readonly id: string;
}

/** A customer of the own ledger with 1000.00 and a payment of 100.00 in doubt, whose account is blocked since. */
async function blocked(stage: Stage): Promise<Doubted> {
  const customer = await stage.customer();
  const app = await stage.mpp.as(customer);
  const account = (await app.accounts()).body.items[0]?.id ?? '';
  const { id } = (await app.scan(`suspense-${customer}`)).body.payment;
  stage.whenNotified(id, () => 'reset');
  await app.confirm(id);
  await stage.untilStatus(id, 'IN_DOUBT');
  await change(stage, account, 'BLOCKED');
  return { customer, account, id };
}

async function change(stage: Stage, account: string, status: string): Promise<void> {
  const token = await stage.mpp.teamToken('operations');
  const body = { status, reason: 'order 17' };
  expect((await stage.mpp.call('PATCH', `/ops/v1/accounts/${account}`, { token, body })).status).toBe(200);
}

async function redirect(stage: Stage, id: string, accountId: string) {
  const token = await stage.mpp.teamToken('operations');
  const body = { accountId, reason: 'case 4712' };
  return stage.mpp.call<{ status: string; code?: string }>('POST', `/ops/v1/payments/${id}/redirect`, { token, body });
}

const balance = async (stage: Stage, { customer }: Doubted) => (await stage.mpp.as(customer)).balance();

/** The account is open again: the money is on it, once. */
async function expectReleased(stage: Stage, doubted: Doubted): Promise<void> {
  await change(stage, doubted.account, 'OPEN');
  await stage.untilStatus(doubted.id, 'REVERSED');
  expect(await stage.purposes(doubted.id)).toEqual(['PAYMENT', 'REVERSAL', 'REVERSAL_RELEASE']);
  expect(await balance(stage, doubted)).toBe('1000.00');
  expect(await stage.mpp.trialBalance()).toMatchObject({ balanced: true });
}

/** The audit entry is the last statement before the commit. */
const audit = (id: string): (string | string[])[] => [['INSERT INTO "access_audit"', id], 'COMMIT'];

/** A server is killed around the writes of a debit of the own ledger that no account takes (R41). */
describe('kill -9', () => {
  describe('around a reversal into suspense', () => {
    const killed = crash(DOUBT, QUICK);

    async function resolving(stage: Stage, lost: 'statement' | 'answer'): Promise<Doubted> {
      const doubted = await blocked(stage);
      const silent = stage.proxy.silence(lost, ...audit(doubted.id));
      stage.cutOff(stage.mpp.resolve(doubted.id, 'REVERSED'));
      await silent;
      return doubted;
    }

    killed(
      'before the commit: the payment is IN_DOUBT with its money in transit, and the operator can repeat it',
      (stage) => resolving(stage, 'statement'),
      async (stage, doubted) => {
        expect([await stage.statusOf(doubted.id), await stage.purposes(doubted.id)]).toEqual(['IN_DOUBT', ['PAYMENT']]);
        const answer = await stage.mpp.resolve(doubted.id, 'REVERSED');
        expect(answer).toMatchObject({ status: 200, body: { status: 'REVERSING' } });
        await expectReleased(stage, doubted);
      },
    );

    killed(
      'after the commit, before the operator was answered: it is in suspense once, and is released once',
      async (stage) => {
        const doubted = await resolving(stage, 'answer');
        await stage.untilStatus(doubted.id, 'REVERSING');
        return doubted;
      },
      async (stage, doubted) => {
        // The same call again gets its answer.
        expect(await stage.mpp.resolve(doubted.id, 'REVERSED')).toMatchObject({
          status: 200,
          body: { status: 'REVERSING' },
        });
        expect(await stage.purposes(doubted.id)).toEqual(['PAYMENT', 'REVERSAL']);
        await expectReleased(stage, doubted);
      },
    );
  });

  describe('around an operator’s redirect', () => {
    const killed = crash(DOUBT, DOUBT);

    async function redirecting(stage: Stage, lost: 'statement' | 'answer') {
      const doubted = await blocked(stage);
      await stage.mpp.resolve(doubted.id, 'REVERSED');
      const other = await stage.mpp.open(doubted.customer, '0.00');
      await until(
        'no attempt under way',
        () => stage.database.query('select 1 from outbox_messages where key = $1 and lease is not null', [doubted.id]),
        (rows) => rows.length === 0,
      );
      const silent = stage.proxy.silence(lost, ...audit(doubted.id));
      stage.cutOff(redirect(stage, doubted.id, other));
      await silent;
      return { ...doubted, other };
    }

    async function expectOnce(stage: Stage, { id, other, ...doubted }: Awaited<ReturnType<typeof redirecting>>) {
      await stage.untilStatus(id, 'REVERSED');
      expect(await redirect(stage, id, other)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
      expect(await stage.purposes(id)).toEqual(['PAYMENT', 'REVERSAL', 'REVERSAL_RELEASE']);
      expect(await balance(stage, { id, ...doubted })).toBe('100.00');
      expect(await stage.mpp.trialBalance()).toMatchObject({ balanced: true });
    }

    killed(
      'before the commit: the money is still in suspense, and another account gets it once',
      (stage) => redirecting(stage, 'statement'),
      async (stage, prepared) => {
        // The next server may have released it to the open account before.
        expect([200, 409]).toContain((await redirect(stage, prepared.id, prepared.other)).status);
        await expectOnce(stage, prepared);
      },
    );

    killed(
      'after the commit, before the operator was answered: the money is on that account, once',
      async (stage) => {
        const prepared = await redirecting(stage, 'answer');
        await stage.untilStatus(prepared.id, 'REVERSED');
        return prepared;
      },
      async (stage, prepared) => {
        await expectOnce(stage, prepared);
        expect(await stage.audited(prepared.id)).toEqual(['PAYMENT_RESOLVED', 'REVERSAL_REDIRECTED']);
      },
    );
  });

  describe.each([
    ['before the release is committed', 'statement'],
    ['after the release is committed, before its server knew it', 'answer'],
  ] as const)('%s', (_, lost) => {
    const killed = crash({ ...QUICK, BACKGROUND_WORK: 'on' }, QUICK);

    killed(
      'the money is on the account once',
      async (stage) => {
        const doubted = await blocked(stage);
        await stage.mpp.resolve(doubted.id, 'REVERSED');
        const silent = stage.proxy.silence(lost, ['ledger_post(', 'REVERSAL_RELEASE', doubted.id], 'COMMIT');
        await change(stage, doubted.account, 'OPEN');
        await silent;
        return doubted;
      },
      async (stage, doubted) => {
        await stage.leaseIsOver(doubted.id);
        await stage.untilStatus(doubted.id, 'REVERSED');
        expect(await stage.purposes(doubted.id)).toEqual(['PAYMENT', 'REVERSAL', 'REVERSAL_RELEASE']);
        expect(await balance(stage, doubted)).toBe('1000.00');
      },
    );
  });
});
