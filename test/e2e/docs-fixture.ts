import { afterAll, beforeAll, expect } from '@jest/globals';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import type { OpenApi } from '../support/openapi.js';

export const DOCUMENTS = ['mobile', 'ops', 'kaspi'] as const;
export type DocumentName = (typeof DOCUMENTS)[number];

/** A server with the simulator, and its OpenAPI documents, for one spec file: registers the hooks that start and stop them. */
export function docsFixture() {
  const fixture = {} as { server: TestServer; documents: Record<DocumentName, OpenApi> };
  let database: TestDatabase;
  let simulator: RunningSimulator;

  beforeAll(async () => {
    database = await createDatabase();
    simulator = await startSimulator({ port: 0, storeFile: null, refundUrl: 'http://127.0.0.1:9/refund' });
    fixture.server = await startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: simulator.url });
    const fetched = await Promise.all(DOCUMENTS.map((name) => fetch(`${fixture.server.publicUrl}/docs/${name}.json`)));
    expect(fetched.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [mobile, ops, kaspi] = (await Promise.all(fetched.map((answer) => answer.json()))) as [
      OpenApi,
      OpenApi,
      OpenApi,
    ];
    fixture.documents = { mobile, ops, kaspi };
  });

  afterAll(async () => {
    await fixture.server?.stop();
    await simulator?.stop();
    await database?.drop();
  });

  const fetchPage = async (path: string) => {
    const response = await fetch(fixture.server.publicUrl + path);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };

  return Object.assign(fixture, { fetchPage });
}
