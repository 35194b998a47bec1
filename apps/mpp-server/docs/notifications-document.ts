import { EVENT_TYPES, type EventType, eventSchema } from '@mpp/notifications';
import type { OpenAPIObject } from '@nestjs/swagger';
import { type JsonSchema, toStandaloneSchema } from './standalone-schema.js';

/** The summary of each event type. */
const SUMMARIES: Readonly<Record<EventType, string>> = {
  'payment.confirmed': 'Kaspi confirmed the payment',
  'payment.reversed': 'Kaspi refused after the debit: the customer has the money back',
  'payment.declined': 'The debit failed: not enough money, or a limit',
  'payment.expired': 'The payment was not confirmed in time; nothing was debited',
  'payment.delayed': 'Debited, but Kaspi has not answered clearly yet',
  'refund.accepted': 'A refund was accepted',
  'refund.credited': 'A refund was credited to the customer’s account',
};

/** The self-contained JSON Schema of each type's body. `schemas` are those of the mobile API's document. */
export function notificationSchemas(schemas: Readonly<Record<string, JsonSchema>>): Record<EventType, object> {
  const data = (type: EventType) => schemas[type.startsWith('payment.') ? 'PaymentDto' : 'RefundDto'] ?? {};
  return Object.fromEntries(
    EVENT_TYPES.map((type) => [type, eventSchema(type, toStandaloneSchema(data(type), schemas))]),
  ) as Record<EventType, object>;
}

/** OpenAPI 3.1, which has webhooks: calls from the server to the participant's gateway. */
export function notificationsDocument(mobile: OpenAPIObject): object {
  const schemas = notificationSchemas((mobile.components?.schemas ?? {}) as Record<string, JsonSchema>);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Notifications',
      version: '1',
      description:
        'The events that the server sends to NOTIFICATION_URL, signed as Standard Webhooks (https://www.standardwebhooks.com). ' +
        'An event is repeated until it is answered with 2xx, for three days, always with the same webhook-id.',
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
            responses: { '2XX': { description: 'Received. After any other answer, or none, the event is repeated' } },
          },
        },
      ]),
    ),
  };
}

const HEADERS = [
  ['webhook-id', 'The id of the event; the same in every repeat'],
  ['webhook-timestamp', 'The time of this attempt, in seconds'],
  ['webhook-signature', 'v1,…; one for each secret, separated by spaces'],
].map(([name, description]) => ({ name, in: 'header', required: true, description, schema: { type: 'string' } }));
