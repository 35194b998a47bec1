import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresProxy } from '../support/postgres-proxy.js';
import type { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';
import { type Plan, RegistryStage } from './registry-stage.js';

const ROWS = 20_000;

describe('a registry of 20 000 rows whose server is killed', () => {
  let stage: RegistryStage;
  let server: ServerProcess;

  beforeAll(async () => {
    stage = await RegistryStage.open(ROWS);
    server = await stage.start();
  });
  afterAll(async () => {
    await server?.kill();
    await stage?.close();
  });

  /** Uploads a registry, kills the server at `moment`; another server continues. */
  const killedWhen = async (moment: (id: string, plan: Plan) => Promise<void>, plan?: Plan) => {
    const planned = plan ?? (await stage.plan());
    const { status, body } = await server.mpp.upload(planned.file);
    expect(status).toBe(202);
    await moment(body.id, planned);
    await server.kill();
    expect(await stage.registry(body.id)).toMatchObject({ status: 'PROCESSING' });
    return {
      afterwards: async () => {
        await stage.leaseIsOver(body.id);
        server = await stage.start();
        await stage.expectAsPlanned(body.id, planned);
      },
    };
  };

  it('right after the upload was answered is read by the next server', async () => {
    await (await killedWhen(async () => {})).afterwards();
  });

  const row = Math.floor(ROWS * (0.05 + Math.random() * 0.55));
  it(`at row ${row} is read on from there and has every row once`, async () => {
    const reading = async (id: string) => {
      const has = (registry: { read_to: number } | undefined) => (registry?.read_to ?? 0) >= row;
      await until('stored rows', () => stage.registry(id), has);
    };
    await (await killedWhen(reading)).afterwards();
  });

  it('while it settles doubtful payments settles each of them once', async () => {
    const plan = await stage.plan();
    // Payments are settled in the order of their ids.
    const third = plan.doubts.map(({ id }) => id).sort()[2];
    const lock = await stage.lock('select 1 from qr_payments where id = $1 for update', [third]);
    const killed = await killedWhen(() => lock.untilWaitedFor(), plan);
    const statuses = await stage.database.query('select 1 from qr_payments where id = any($1) and status = $2', [
      plan.doubts.map(({ id }) => id),
      'IN_DOUBT',
    ]);
    expect(statuses).toHaveLength(plan.doubts.length - 2);
    await lock.release();
    await killed.afterwards();
  });

  it('while it stores the differences has each difference once', async () => {
    const plan = await stage.plan();
    const lock = await stage.lock('lock table registry_discrepancies in share mode');
    const killed = await killedWhen(() => lock.untilWaitedFor(), plan);
    await lock.release();
    await killed.afterwards();
  });

  it('whose database is away for a while is read when the database is back', async () => {
    const link = await PostgresProxy.start(stage.database.url);
    const behind = await stage.start(link.url);
    await server.kill();
    try {
      const plan = await stage.plan();
      const { body } = await behind.mpp.upload(plan.file);
      const has = (registry: { read_to: number } | undefined) => (registry?.read_to ?? 0) > 0;
      await until('stored rows', () => stage.registry(body.id), has);
      await link.close();
      expect(await stage.registry(body.id)).toMatchObject({ status: 'PROCESSING' });
      await link.open();
      await stage.leaseIsOver(body.id);
      await stage.expectAsPlanned(body.id, plan);
    } finally {
      await behind.kill();
      await link.close();
    }
  });
});

describe('two processes on one database', () => {
  let stage: RegistryStage;
  let servers: ServerProcess[];

  beforeAll(async () => {
    stage = await RegistryStage.open(1500);
    servers = await Promise.all([stage.start(), stage.start()]);
  });
  afterAll(async () => {
    await Promise.all(servers?.map((server) => server.stop()) ?? []);
    await stage?.close();
  });

  const at = (index: number) => servers[index % 2] as ServerProcess;

  it('read five registries once each and find what one process would find', async () => {
    const plans: Plan[] = [];
    for (let n = 0; n < 5; n++) plans.push(await stage.plan());
    const uploads = await Promise.all(plans.map(({ file }, index) => at(index).mpp.upload(file)));
    for (const [index, { status, body }] of uploads.entries()) {
      expect(status).toBe(202);
      await stage.expectAsPlanned(body.id, plans[index] as Plan);
      expect(await stage.registry(body.id)).toMatchObject({ attempts: 1 });
    }
  });

  it('receive the same file from eight callers at once as one registry', async () => {
    const plan = await stage.plan();
    const uploads = await Promise.all(Array.from({ length: 8 }, (_, index) => at(index).mpp.upload(plan.file)));
    expect(uploads.map(({ status }) => status).sort()).toEqual([...Array(7).fill(200), 202]);
    const ids = [...new Set(uploads.map(({ body }) => body.id))];
    expect(ids).toHaveLength(1);
    await stage.expectAsPlanned(ids[0] as string, plan);
  });

  it('accept a registry for several accountants at once and post its fee once', async () => {
    const plan = await stage.plan();
    const { body } = await at(0).mpp.upload(plan.file);
    await stage.untilReconciled(body.id);
    const answers = await Promise.all(
      [0, 1, 2, 3].map(async (index) => {
        const token = await at(index).mpp.teamToken('accounting');
        return at(index).mpp.call<{ status: string }>('POST', `/ops/v1/registries/${body.id}/accept`, { token });
      }),
    );
    for (const answer of answers) expect([answer.status, answer.body.status]).toEqual([200, 'ACCEPTED']);
    const entries = await stage.database.query(
      'select purpose, amount::int as amount from ledger_entries where reference = $1',
      [body.id],
    );
    expect(entries).toEqual([{ purpose: 'FEE', amount: plan.rows }]);
    const audited = await stage.database.query('select 1 from access_audit where subject = $1 and action = $2', [
      body.id,
      'REGISTRY_ACCEPTED',
    ]);
    expect(audited).toHaveLength(1);
  });
});
