import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Settings } from '@mpp/config';
import { DomainError } from '@mpp/kernel';
import { applyDecorators, type BeforeApplicationShutdown, Injectable, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { openTemporaryFile } from '../files/temporary.js';
import { Metrics } from '../metrics/metrics.js';
import { ApiProblems } from './problem.dto.js';

/** From the request to the last byte, however fast the client reads. */
const LONGEST_DOWNLOAD_MS = 10 * 60_000;
/** Downloads that are under way when the server stops may end within this time. */
const STOPS_WITHIN_MS = 10_000;

/** A file that is written for one client, and sent when it is complete. */
export interface DownloadedFile {
  /** Aborted when the client is gone or the time is over. */
  readonly signal: AbortSignal;
  /** Stores the whole content; call it once. Rejects when {@link signal} is aborted. */
  write(content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void>;
}

/** A route that answers a file: see {@link Downloads}. */
export function ServesFile(type: string, description: string): MethodDecorator {
  const mediaType = type.replace(/;.*/, '');
  return applyDecorators(
    ApiProduces(mediaType),
    ApiOkResponse({ schema: { type: 'string', format: 'binary' }, description }),
    ApiProblems('RATE_LIMITED', 'SERVICE_UNAVAILABLE', 'STORAGE_FULL'),
  );
}

/**
 * Files for operators. Each is first written to disk and then sent, so that a client that reads slowly, or not at all, holds no
 * database connection. At most DOWNLOADS_AT_ONCE are written or sent at a time by this process.
 */
@Injectable()
export class Downloads implements BeforeApplicationShutdown {
  private readonly underWay = new Set<Download>();

  constructor(
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    metrics.gauge('mpp_downloads', 'Files that this process writes or sends', () => this.underWay.size);
  }

  /**
   * The answer with the file that `write` has written, as an attachment with this name and its length. An error of `write` is
   * answered instead; none of the file was sent then. Throws RATE_LIMITED if too many downloads are under way, STORAGE_FULL if the
   * disk is full, SERVICE_UNAVAILABLE if the file takes too long or the server stops.
   */
  async serveFile(
    reply: FastifyReply,
    attachment: { readonly type: string; readonly disposition: string },
    write: (file: DownloadedFile) => Promise<void>,
  ): Promise<StreamableFile> {
    if (this.underWay.size >= this.settings.DOWNLOADS_AT_ONCE) throw new DomainError('RATE_LIMITED', { detail: FULL });
    const download = new Download(reply, this.settings.DOWNLOAD_IDLE_MS, () => this.underWay.delete(download));
    this.underWay.add(download);
    return download.serve(attachment, write);
  }

  beforeApplicationShutdown(): void {
    setTimeout(() => {
      for (const download of this.underWay) download.abort();
    }, STOPS_WITHIN_MS).unref();
  }
}

/** One download, from its request to its last byte. */
class Download {
  private readonly aborted = new AbortController();
  private readonly timer = setTimeout(() => this.abort(), LONGEST_DOWNLOAD_MS);

  constructor(
    private readonly reply: FastifyReply,
    private readonly idleMs: number,
    private readonly ended: () => void,
  ) {
    reply.raw.once('close', () => this.abort());
    if (reply.raw.destroyed) this.abort();
  }

  abort(): void {
    this.aborted.abort(new DomainError('SERVICE_UNAVAILABLE'));
  }

  async serve(
    attachment: { readonly type: string; readonly disposition: string },
    write: (file: DownloadedFile) => Promise<void>,
  ): Promise<StreamableFile> {
    try {
      const file = await this.writeFile(write);
      const { size: length } = await file.stat();
      return new StreamableFile(this.contentOf(file), { ...attachment, length });
    } catch (error) {
      this.end();
      throw error;
    }
  }

  private async writeFile(write: (file: DownloadedFile) => Promise<void>): Promise<FileHandle> {
    const { signal } = this.aborted;
    const file = await openTemporaryFile();
    try {
      // A stream of the content ends when the signal is aborted, also while its next part is awaited.
      await write({
        signal,
        write: (content) => pipeline(Readable.from(content), (parts) => writeAll(file, parts), { signal }),
      });
      signal.throwIfAborted();
      return file;
    } catch (error) {
      await file.close();
      // What the work was interrupted with says less.
      signal.throwIfAborted();
      throw error;
    }
  }

  private contentOf(file: FileHandle) {
    const content = file.createReadStream({ start: 0 }).once('close', () => this.end());
    const { raw } = this.reply;
    // A client that reads nothing is cut off: it would keep others from their files.
    raw.setTimeout(this.idleMs, () => raw.destroy());
    const leave = () => {
      content.destroy();
      if (!raw.writableFinished) raw.destroy();
    };
    this.aborted.signal.addEventListener('abort', leave);
    return content;
  }

  private end(): void {
    clearTimeout(this.timer);
    this.ended();
  }
}

/** Not as a stream of the file: one that is interrupted would close it. */
async function writeAll(file: FileHandle, parts: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const part of parts) await file.writeFile(part);
}

const FULL = {
  ru: 'Сейчас скачивается слишком много файлов. Повторите немного позже.',
  kk: 'Қазір тым көп файл жүктелуде. Сәл кейінірек қайталаңыз.',
};
