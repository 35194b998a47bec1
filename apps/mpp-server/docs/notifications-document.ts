import { EVENT_TYPES, type EventType, eventSchema } from '@mpp/notifications';
import type { OpenAPIObject } from '@nestjs/swagger';
import { type JsonSchema, standalone } from './standalone-schema.js';

/** What the gateway is sent, in words, by type. */
const SUMMARIES: Readonly<Record<EventType, string>> = {
  'payment.confirmed': 'Kaspi confirmed the payment',
  'payment.reversed': 'Kaspi refused after the debit: the customer has the money back',
  'payment.declined': 'The debit failed: not enough money, or a limit',
  'payment.expired': 'Nobody confirmed in time; nothing was debited',
  'payment.delayed': 'Debited, and Kaspi gives no clear answer: it takes longer',
  'refund.accepted': 'A refund was taken in',
  'refund.credited': 'A refund is on the customer’s account',
};

/** The JSON Schema of each type's body, complete in itself. `schemas` are those of the mobile document. */
export function notificationSchemas(schemas: Readonly<Record<string, JsonSchema>>): Record<EventType, object> {
  const data = (type: EventType) => schemas[type.startsWith('payment.') ? 'PaymentDto' : 'RefundDto'] ?? {};
  return Object.fromEntries(
    EVENT_TYPES.map((type) => [type, eventSchema(type, standalone(data(type), schemas))]),
  ) as Record<EventType, object>;
}

/** OpenAPI 3.1, because it knows webhooks: calls that we make, and the participant's gateway answers. */
export function notificationsDocument(mobile: OpenAPIObject): object {
  const schemas = notificationSchemas((mobile.components?.schemas ?? {}) as Record<string, JsonSchema>);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Notifications',
      version: '1',
      description:
        'What the server sends to NOTIFICATION_URL, signed as Standard Webhooks (https://www.standardwebhooks.com). ' +
        'Repeated until it is answered 2xx, for three days; the same event always carries the same webhook-id.',
    },
    paths: {},
    webhooks: Object.fromEntries(
      EVENT_TYPES.map((type) => [
        type,
        {
          post: {
            operationId: type,
            summary: SUMMARIES[type],
            parameters: HEADERS,
            requestBody: { required: true, content: { 'application/json': { schema: schemas[type] } } },
            responses: { '2XX': { description: 'Received. Anything else, and no answer, is repeated' } },
          },
        },
      ]),
    ),
  };
}

const HEADERS = [
  ['webhook-id', 'Of the event; the same in every repeat'],
  ['webhook-timestamp', 'Of this attempt, in seconds'],
  ['webhook-signature', 'v1,…; one for each secret, separated by blanks'],
].map(([name, description]) => ({ name, in: 'header', required: true, description, schema: { type: 'string' } }));
