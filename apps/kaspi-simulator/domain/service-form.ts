import type { ServiceBody, ServiceParameterBody } from '@mpp/kaspi/wire';

export interface FilledParameter {
  readonly id: number;
  readonly value: string;
}

/** What a participant sends in checkout (regulation 4.2). */
export interface FilledForm {
  readonly paymentId: string;
  readonly serviceId: number;
  readonly parameters: readonly FilledParameter[];
}

/**
 * Whether every parameter that the service asks for is filled in, once, with a value that it may have, and nothing else is
 * sent. Source: regulation 4.2.
 */
export function isFilledIn(service: ServiceBody, { serviceId, parameters }: FilledForm): boolean {
  if (serviceId !== service.serviceId || parameters.length !== service.parameters.length) return false;
  return service.parameters.every((asked) => {
    const given = parameters.find(({ id }) => id === asked.id);
    return given !== undefined && isRightValue(asked, given.value);
  });
}

/** What the PS filled in goes back unchanged; of a list the key is sent, not the label. */
function isRightValue({ value: prefilled, options }: ServiceParameterBody, value: string): boolean {
  if (prefilled) return value === prefilled;
  if (options !== undefined && options.length > 0) return options.some(({ key }) => key === value);
  return value.trim() !== '';
}

/** The service of the regulation's examples (4.1), with one parameter of each kind. */
export const PARKING: ServiceBody = {
  serviceId: 2862,
  serviceName: 'Парковка',
  parameters: [
    { id: 3932, value: '', name: 'Госномер' },
    {
      id: 3933,
      value: '',
      name: 'Зона',
      options: [
        { key: 'A', label: 'Зона A', description: 'Центр, 100 тенге в час' },
        { key: 'B', label: 'Зона B' },
      ],
    },
    { id: 3934, value: 'Алматы', name: 'Город' },
  ],
};
