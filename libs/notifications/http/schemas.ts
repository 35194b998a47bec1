import { LOCALES } from '@mpp/kernel';
import { EVENT_VERSION } from '../domain/event.js';
import type { EventType } from '../domain/event-types.js';

const PUSH_TEXT = {
  type: 'object',
  required: ['title', 'body'],
  properties: { title: { type: 'string', minLength: 1 }, body: { type: 'string', minLength: 1 } },
} as const;

/**
 * The JSON Schema (2020-12) of an event's body: the envelope around the schema of the type's data. Unknown properties are
 * allowed, because fields are added without a new version.
 */
export function eventSchema(type: EventType, dataSchema: object): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:mpp:event:${type}:${EVENT_VERSION}`,
    title: type,
    type: 'object',
    required: ['type', 'timestamp', 'version', 'customerId', 'data', 'texts'],
    properties: {
      type: { const: type },
      timestamp: { type: 'string', format: 'date-time', description: 'When the event happened, UTC' },
      version: { const: EVENT_VERSION, description: 'Increases with a change of data that could break a reader' },
      customerId: {
        type: 'string',
        minLength: 1,
        maxLength: 12,
        description: 'The customer who gets the push',
      },
      data: dataSchema,
      texts: {
        type: 'object',
        description: 'Ready texts for a push, in Russian and in Kazakh',
        required: [...LOCALES],
        properties: Object.fromEntries(LOCALES.map((locale) => [locale, PUSH_TEXT])),
      },
    },
  };
}
