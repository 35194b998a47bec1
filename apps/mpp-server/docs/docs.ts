import https from 'node:https';
import { AccessHttpModule, DevelopmentIssuer } from '@mpp/access';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { MOBILE_API, OPERATOR_API } from '../app.module.js';
import { notificationsDocument } from './notifications-document.js';
import { pageScript } from './page-script.js';

/** The customer whose account the quickstart creates. */
const FIRST_CUSTOMER_ID = '900900000001';

interface Page {
  mppDocs: { beforeSend(request: unknown): unknown; afterAnswer(answer: unknown): unknown };
}
declare const window: Page;

/** Serves the Swagger UI at /docs and its documents at /docs/{mobile,ops,kaspi,notifications}.json, on the public listener. */
export function serveDocs(app: NestFastifyApplication, kaspiFacing: NestFastifyApplication): void {
  const development = app.get(DevelopmentIssuer).available ? { customerId: FIRST_CUSTOMER_ID } : null;
  const mobile = () => mobileDocument(app);
  SwaggerModule.setup('docs', app, mobile, {
    jsonDocumentUrl: 'docs/mobile.json',
    raw: ['json'],
    explorer: true,
    customSiteTitle: 'MPP Server for Kaspi QR',
    customJsStr: pageScript(development),
    swaggerOptions: {
      urls: [
        { name: 'Mobile API', url: '/docs/mobile.json' },
        { name: 'Operator API', url: '/docs/ops.json' },
        { name: 'Kaspi-facing API', url: '/docs/kaspi.json' },
        { name: 'Notifications', url: '/docs/notifications.json' },
      ],
      persistAuthorization: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      requestInterceptor: (request: unknown) => window.mppDocs.beforeSend(request),
      responseInterceptor: (answer: unknown) => window.mppDocs.afterAnswer(answer),
    },
  });

  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  const ops = once(() => operatorDocument(app));
  fastify.get('/docs/ops.json', () => ops());
  const notifications = once(() => notificationsDocument(mobile()));
  fastify.get('/docs/notifications.json', () => notifications());
  const kaspi = once(() => kaspiDocument(kaspiFacing));
  fastify.get('/docs/kaspi.json', (request) => ({
    ...kaspi(),
    // The host of the request, with the other port.
    servers: [
      {
        url: `${isSecure(kaspiFacing) ? 'https' : 'http'}://${request.hostname}:${portOf(kaspiFacing)}`,
        description: 'Kaspi-facing listener',
      },
    ],
  }));
  if (development !== null) kaspiFacing.enableCors({ origin: true, methods: ['GET', 'POST'] });
}

function mobileDocument(app: NestFastifyApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle('Mobile API')
    .setDescription(
      'Приложение участника: сканирование, подтверждение, чек. Суммы — строки с двумя знаками, время — UTC. ' +
        'The participant’s app: scan, confirm, receipt. Amounts are strings with two decimals, times are UTC. Errors are RFC 9457 problems.',
    )
    .setVersion('1')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token with the claim customer_id' },
      'customer',
    );
  return withRequestExamples(
    SwaggerModule.createDocument(app, about.build(), { include: [...MOBILE_API, AccessHttpModule] }),
  );
}

function operatorDocument(app: NestFastifyApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle('Operator API')
    .setDescription(
      'For the participant’s support, operations and accounting teams; the claim roles determines what each may do.',
    )
    .setVersion('1')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token with the claim roles' },
      'team',
    );
  return withRequestExamples(SwaggerModule.createDocument(app, about.build(), { include: OPERATOR_API }));
}

function kaspiDocument(kaspiFacing: NestFastifyApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle('Kaspi-facing API')
    .setDescription('The listener for Kaspi Pay: the refund of regulation 4.4.')
    .setVersion('1');
  return SwaggerModule.createDocument(kaspiFacing, about.build());
}

/**
 * Swagger UI fills a body with all of its fields and invents values for fields without an example, like "string" for an
 * account. With this, a body's example has only the fields that have an example.
 */
function withRequestExamples(document: OpenAPIObject): OpenAPIObject {
  const schemas = document.components?.schemas ?? {};
  for (const { post, put, patch } of Object.values(document.paths)) {
    for (const operation of [post, put, patch]) {
      const body = operation?.requestBody;
      const named = body && 'content' in body ? body.content['application/json']?.schema : undefined;
      const schema = named && '$ref' in named ? schemas[named.$ref.split('/').at(-1) ?? ''] : undefined;
      if (schema === undefined || '$ref' in schema) continue;
      const examples = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
        'example' in property && property.example !== undefined ? [[name, property.example]] : [],
      );
      schema.example ??= Object.fromEntries(examples);
    }
  }
  return document;
}

function isSecure(app: NestFastifyApplication): boolean {
  return app.getHttpServer() instanceof https.Server;
}

function portOf(app: NestFastifyApplication): number {
  const address = app.getHttpServer().address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
