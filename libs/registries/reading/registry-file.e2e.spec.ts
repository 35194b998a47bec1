import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { registryFile } from '../../../test/support/registry-files.js';
import { RegistryFixture } from '../../../test/support/registry-fixture.js';

describe('the file of a registry', () => {
  let fixture: RegistryFixture;
  beforeAll(async () => {
    fixture = await RegistryFixture.start();
  });
  afterAll(() => fixture.stop());

  const download = async (id: string) => {
    const token = await fixture.server.mpp.teamToken('accounting');
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${fixture.server.mpp.url}/ops/v1/registries/${id}/file`, { headers });
    return { length: response.headers.get('content-length'), content: Buffer.from(await response.arrayBuffer()) };
  };

  it('is returned unchanged, for any number of stored parts', async () => {
    const sent = randomBytes(2_500_000);
    const { body } = await fixture.server.mpp.upload(sent);
    const { length, content } = await download(body.id);
    expect(length).toBe('2500000');
    expect(content.equals(sent)).toBe(true);
  });

  it('leaves no temporary file, whether it is read to its end or not', async () => {
    const unreadable = await fixture.receiveFile(Buffer.concat([Buffer.from('PK'), randomBytes(1_500_000)]));
    expect(unreadable).toMatchObject({ status: 'FAILED' });
    const readable = await fixture.receiveFile(await registryFile('DAILY', []));
    expect(readable).toMatchObject({ status: 'RECONCILED' });
    expect(readdirSync(tmpdir()).filter((name) => new RegExp(`^mpp-\\w+-${process.pid}-\\w+-`).test(name))).toEqual([]);
  });
});
