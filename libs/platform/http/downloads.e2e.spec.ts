import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import { DomainError } from '@mpp/kernel';
import { Controller, Get, Res, type StreamableFile } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { QUIET } from '../../../test/support/mpp.js';
import { requestWithoutReading } from '../../../test/support/silent-reader.js';
import { statusOf } from '../../../test/support/status-of.js';
import { until } from '../../../test/support/until.js';
import { Metrics } from '../metrics/metrics.js';
import { PlatformModule } from '../platform.module.js';
import { type DownloadedFile, Downloads } from './downloads.js';
import { createListener } from './listener.js';
import type { Problem } from './problems.js';

/** More than the buffers of a connection hold. */
const LARGE_BYTES = 48 * 1024 * 1024;
const TEMPORARY = new RegExp(`^mpp-\\w+-${process.pid}-[0-9a-f]{8}-`);
const PART = Buffer.alloc(1024 * 1024, 'x');

let work: (file: DownloadedFile) => Promise<void>;

@Controller('file')
class FileController {
  constructor(private readonly downloads: Downloads) {}

  @Get()
  async read(@Res({ passthrough: true }) reply: FastifyReply): Promise<StreamableFile> {
    const attachment = { type: 'text/csv', disposition: 'attachment; filename="all.csv"' };
    return this.downloads.serveFile(reply, attachment, work);
  }
}

const writeLarge = async ({ write }: DownloadedFile) =>
  write(Array.from({ length: LARGE_BYTES / PART.length }, () => PART));

/** Begins to write and does not end before it is interrupted. */
async function* endless(): AsyncGenerator<Buffer> {
  for (;;) {
    yield Buffer.from('x');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a download', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let url: string;

  async function start(env: Record<string, string>): Promise<void> {
    const settings = Settings.read({
      ...QUIET,
      DATABASE_URL: database.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      DOWNLOADS_AT_ONCE: '2',
      ...env,
    });
    const module = {
      module: class Root {},
      imports: [PlatformModule.with({ settings })],
      controllers: [FileController],
    };
    app = await createListener('public', module);
    await app.listen({ port: 0, host: '127.0.0.1' });
    url = `${await app.getUrl()}/file`;
  }

  beforeAll(async () => {
    database = await createDatabase();
    await start({ DOWNLOAD_IDLE_MS: '600000' });
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  beforeEach(() => {
    work = ({ write }) => write([Buffer.from('one '), Buffer.from('two')]);
  });

  const underWay = async () =>
    Number((await app.get(Metrics).registry.getSingleMetricAsString('mpp_downloads')).split(' ').at(-1));
  const untilUnderWay = (count: number) => until('downloads under way', underWay, (now) => now === count);
  const temporary = () => readdirSync(tmpdir()).filter((name) => TEMPORARY.test(name));
  const problem = async (headers: Record<string, string> = {}) => {
    const response = await fetch(url, { headers });
    return { status: response.status, headers: response.headers, problem: (await response.json()) as Problem };
  };

  it('is sent complete with its length, and leaves nothing on the disk', async () => {
    const response = await fetch(url);
    expect([response.status, response.headers.get('content-length'), response.headers.get('content-type')]).toEqual([
      200,
      '7',
      'text/csv',
    ]);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="all.csv"');
    expect(await response.text()).toBe('one two');
    await untilUnderWay(0);
    expect(temporary()).toEqual([]);
  });

  it('has no name on the disk while it is written and sent, so that nothing remains of a killed process', async () => {
    let seen: string[] = ['not written'];
    work = async ({ write }) => {
      await write([PART]);
      seen = temporary();
    };
    expect(await statusOf(url)).toBe(200);
    expect(seen).toEqual([]);
  });

  it('that cannot be written is answered with the error instead, and no byte of the file', async () => {
    work = async ({ write }) => {
      await write([PART]);
      throw new DomainError('NOT_FOUND');
    };
    expect(await problem()).toMatchObject({ status: 404, problem: { code: 'NOT_FOUND' } });
    await untilUnderWay(0);
  });

  it.each(['ENOSPC', 'EDQUOT'])('for which the disk has no space is refused with STORAGE_FULL (%s)', async (code) => {
    work = ({ write }) =>
      write(
        (async function* () {
          yield PART;
          throw Object.assign(new Error(`${code}: no space left on device, write`), { code, syscall: 'write' });
        })(),
      );
    expect(await problem({ 'accept-language': 'kk' })).toMatchObject({
      status: 507,
      problem: { code: 'STORAGE_FULL', title: 'Дискіде орын жоқ' },
    });
    await untilUnderWay(0);
    expect(temporary()).toEqual([]);
  });

  it('beyond the bound is refused with 429 and Retry-After, whether the others are written or sent', async () => {
    work = writeLarge;
    const sent = await requestWithoutReading(url, '');
    await untilUnderWay(1);
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    work = ({ write }) => finished.then(() => write([PART]));
    const written = fetch(url);
    await untilUnderWay(2);
    const refused = await problem();
    expect(refused).toMatchObject({ status: 429, problem: { code: 'RATE_LIMITED' } });
    expect(refused.headers.get('retry-after')).toBe('1');
    finish();
    expect((await (await written).arrayBuffer()).byteLength).toBe(PART.length);
    await untilUnderWay(1);
    work = ({ write }) => write([]);
    expect(await statusOf(url)).toBe(200);
    sent.leave();
    await untilUnderWay(0);
  });

  it('whose client leaves while it is written stops the work', async () => {
    let reason: unknown = null;
    work = async ({ write, signal }) => {
      await write(endless()).catch(() => undefined);
      reason = signal.reason;
    };
    const client = new AbortController();
    const request = fetch(url, { signal: client.signal });
    await untilUnderWay(1);
    client.abort();
    await expect(request).rejects.toThrow();
    await untilUnderWay(0);
    expect(reason).toBeInstanceOf(DomainError);
    expect(temporary()).toEqual([]);
  });

  it('whose client reads nothing is cut off, and the client sees that the file is incomplete', async () => {
    await app.close();
    await start({ DOWNLOAD_IDLE_MS: '300' });
    work = writeLarge;
    const client = await requestWithoutReading(url, '');
    await untilUnderWay(1);
    await untilUnderWay(0);
    const received = (await client.readToEnd()).toString('latin1');
    expect(received).toContain(`content-length: ${LARGE_BYTES}\r\n`);
    expect(received.length).toBeLessThan(LARGE_BYTES);
  });

  it('does not delay the end of the process for long if its client reads nothing, or if its file is not complete', async () => {
    await app.close();
    await start({ DOWNLOAD_IDLE_MS: '600000' });
    work = writeLarge;
    const client = await requestWithoutReading(url, '');
    await untilUnderWay(1);
    work = ({ write }) => write(endless());
    const unfinished = problem();
    await untilUnderWay(2);
    await app.close();
    expect(await unfinished).toMatchObject({ status: 503, problem: { code: 'SERVICE_UNAVAILABLE' } });
    client.leave();
  });
});
