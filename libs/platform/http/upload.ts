import multipart from '@fastify/multipart';
import { DomainError } from '@mpp/kernel';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** The name of the part that holds the file. */
const FIELD = 'file';
const MULTIPART = 'multipart/form-data';

export interface Upload {
  readonly name: string;
  readonly content: Buffer;
}

/** A route whose body is one file, as multipart/form-data; read it with {@link uploadOf}. All others stay JSON. */
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
 * The file of the request. VALIDATION_FAILED where there is none, or more than it; PAYLOAD_TOO_LARGE beyond `maxBytes`, as
 * soon as that is seen.
 */
export async function uploadOf(request: FastifyRequest, maxBytes: number): Promise<Upload> {
  try {
    const part = await request.file({ limits: { fileSize: maxBytes, files: 1, fields: 0, parts: 1 } });
    if (part?.fieldname === FIELD) return { name: part.filename, content: await part.toBuffer() };
    part?.file.resume();
  } catch (error) {
    // Whatever else is the matter with it, it is not one file in that part.
    if ((error as { code?: string }).code === 'FST_REQ_FILE_TOO_LARGE') throw new DomainError('PAYLOAD_TOO_LARGE');
  }
  const message = { ru: 'нужен один файл в этом поле', kk: 'осы өрісте бір файл керек' };
  throw new DomainError('VALIDATION_FAILED', { errors: [{ field: FIELD, message }] });
}

/** Routes that take a file are sent files, and no other route is: to those it is 415, like any other foreign type. */
export async function takeFiles(fastify: FastifyInstance): Promise<void> {
  await fastify.register(multipart as never);
  fastify.addHook('preParsing', (request, _reply, _body, done) => {
    if (request.is404) return done();
    const takesFile = (request.routeOptions.config as { takesFile?: boolean } | undefined)?.takesFile === true;
    const isFile = request.headers['content-type']?.toLowerCase().startsWith(MULTIPART) === true;
    const refused = isFile !== takesFile && (isFile || request.headers['content-type'] !== undefined);
    done(refused ? new DomainError('UNSUPPORTED_MEDIA_TYPE') : undefined);
  });
}
