import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import multipart from '@fastify/multipart';
import { DomainError } from '@mpp/kernel';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { inTemporaryFolder } from '../files/temporary.js';

/** The name of the part that holds the file. */
const FIELD = 'file';
const MULTIPART = 'multipart/form-data';

/** A received file, stored on disk for the duration of the request. */
export interface Upload {
  readonly name: string;
  readonly path: string;
}

/** A route whose body is one file, as multipart/form-data; {@link withUpload} reads it. */
export function TakesFile(): MethodDecorator {
  return applyDecorators(
    RouteConfig({ takesFile: true }),
    ApiConsumes(MULTIPART),
    ApiBody({
      schema: {
        type: 'object',
        required: [FIELD],
        properties: { [FIELD]: { type: 'string', format: 'binary', description: 'An .xlsx file' } },
      },
    }),
  );
}

/**
 * Passes the file of the request to the work, and removes it afterwards. The whole file is never in memory. VALIDATION_FAILED
 * unless the body has exactly this file; PAYLOAD_TOO_LARGE as soon as it exceeds `maxBytes`.
 */
export async function withUpload<T>(
  request: FastifyRequest,
  maxBytes: number,
  work: (upload: Upload) => Promise<T>,
): Promise<T> {
  return inTemporaryFolder(async (folder) => work(await receiveFile(request, maxBytes, path.join(folder, FIELD))));
}

async function receiveFile(request: FastifyRequest, maxBytes: number, to: string): Promise<Upload> {
  let name: string | null = null;
  let truncated = false;
  try {
    for await (const part of request.parts({
      limits: { fileSize: maxBytes, files: 1, fields: 0 },
    })) {
      if (part.type !== 'file' || part.fieldname !== FIELD) throw notOneFile();
      await pipeline(part.file, createWriteStream(to));
      name = part.filename;
      truncated = part.file.truncated;
    }
  } catch (error) {
    // The body is no multipart, ends too early or has other parts. An error of our disk is not the caller's.
    throw error instanceof Error && 'syscall' in error ? error : notOneFile();
  }
  if (truncated) throw new DomainError('PAYLOAD_TOO_LARGE');
  if (name === null) throw notOneFile();
  return { name, path: to };
}

function notOneFile(): DomainError {
  const message = { ru: 'нужен один файл в этом поле', kk: 'осы өрісте бір файл керек' };
  return new DomainError('VALIDATION_FAILED', { errors: [{ field: FIELD, message }] });
}

/** Routes that take a file accept only multipart/form-data, and other routes refuse it: 415. */
export async function takeFiles(fastify: FastifyInstance): Promise<void> {
  await fastify.register(multipart as never, { throwFileSizeLimit: false } as never);
  fastify.addHook('preParsing', (request, _reply, _body, done) => {
    if (request.is404) return done();
    const takesFile = (request.routeOptions.config as { takesFile?: boolean } | undefined)?.takesFile === true;
    const isFile = request.headers['content-type']?.toLowerCase().startsWith(MULTIPART) === true;
    const refused = isFile !== takesFile && (isFile || request.headers['content-type'] !== undefined);
    done(refused ? new DomainError('UNSUPPORTED_MEDIA_TYPE') : undefined);
  });
}
