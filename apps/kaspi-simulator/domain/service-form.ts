import type { ServiceBody, ServiceParameterBody } from '@mpp/kaspi/wire';

export interface FilledParameter {
  readonly id: number;
  readonly value: string;
}

/** A participant's checkout (regulation 4.2). */
export interface FilledForm {
  readonly paymentId: string;
  readonly serviceId: number;
  readonly parameters: readonly FilledParameter[];
}

/**
 * Whether the form has each parameter of the service exactly once, with an allowed value, and no other parameter. Source:
 * regulation 4.2.
 */
export function isFilledIn(service: ServiceBody, { serviceId, parameters }: FilledForm): boolean {
  if (serviceId !== service.serviceId || parameters.length !== service.parameters.length) return false;
  return service.parameters.every((parameter) => {
    const filled = parameters.find(({ id }) => id === parameter.id);
    return filled !== undefined && isAllowedValue(parameter, filled.value);
  });
}

/** A prefilled value must be sent unchanged; of a list of options, the key of one must be sent. */
function isAllowedValue({ value: prefilled, options }: ServiceParameterBody, value: string): boolean {
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
