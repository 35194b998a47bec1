import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Mpp } from '../../test/support/mpp.js';
import { SettlementsFixture } from '../../test/support/settlements-fixture.js';

let fixture: SettlementsFixture;

beforeAll(async () => {
  fixture = await SettlementsFixture.start();
});

beforeEach(() => {
  fixture.beginNextDay();
});

afterAll(() => fixture.stop());

describe('A bank reference', () => {
  it('is booked once: a repeat changes nothing, and another amount or day is refused', async () => {
    await fixture.buy('1000');
    const first = await fixture.settle('400.00', 'once');
    const again = await fixture.settle('400', 'once');
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    const refused = { status: 409, body: { code: 'REFERENCE_REUSED' } };
    expect(await fixture.settle('401.00', 'once')).toMatchObject(refused);
    expect(await fixture.settle('400.00', 'once', '2026-01-05')).toMatchObject(refused);
    expect(await fixture.entriesUnder('once')).toHaveLength(1);
    await fixture.settle('600.00');
  });

  it('that two operators send concurrently is booked once', async () => {
    await fixture.buy('1000');
    const operators = fixture.servers.map((server) => new Mpp(server.publicUrl));
    const body = { amount: '1000.00', reference: 'same' };
    const answers = await Promise.all(
      [...operators, ...operators, ...operators].map((operator) =>
        fixture.callSettlements('POST', `/${fixture.today}`, body, operator),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 201]);
    expect(await fixture.entriesUnder('same')).toHaveLength(1);
    expect(await fixture.balances()).toMatchObject({ payable: '0.00' });
  });

  it('is refused if another operator settled the day concurrently under another reference', async () => {
    await fixture.buy('1000');
    const operators = fixture.servers.map((server) => new Mpp(server.publicUrl));
    const answers = await Promise.all(
      operators.map((operator, index) =>
        fixture.callSettlements(
          'POST',
          `/${fixture.today}`,
          { amount: '1000.00', reference: `operator-${index}-${fixture.today}` },
          operator,
        ),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
    expect(await fixture.readDay()).toMatchObject({ outstanding: '0.00', settlements: [{}] });
    expect(await fixture.balances()).toMatchObject({ payable: '0.00' });
  });
});

describe('The table of settlements', () => {
  const insertRow = (reference: string, amount: number) =>
    fixture.database.query(
      `insert into registry_settlements (id, day, reference, amount, netted, settled_by, settled_at)
       values (gen_random_uuid(), '2026-03-10', $1, $2, 0, 'x', now())`,
      [reference, amount],
    );

  it('refuses a settlement whose entries are not in the journal, and changes of its rows', async () => {
    await fixture.buy('10');
    await fixture.settle('10.00', 'transfer-1');
    await expect(insertRow('never paid', 100)).rejects.toThrow('settlement never paid is not in the journal');
    await expect(insertRow('nothing', 0)).rejects.toThrow('registry_settlements_of_something');
    await expect(insertRow('transfer-1', 1)).rejects.toThrow('registry_settlements_reference');
    for (const sql of [
      'update registry_settlements set amount = 1',
      'delete from registry_settlements',
      'truncate registry_settlements',
    ])
      await expect(fixture.database.query(sql)).rejects.toMatchObject({ code: '23001' });
  });
});

it('When all days are settled, nothing is outstanding between Kaspi and us', async () => {
  await fixture.expectNothingOutstanding();
});
