import { field, type ServiceBody, type ServiceParameterBody, textField, type WireObject } from '@mpp/kaspi/wire';
import { BadRequestException } from '@nestjs/common';

/** The longest that a value may be that checkout carries, in characters. Source: R29. */
const MAX_VALUE_LENGTH = 64;

/** The form of a Custom QR, as a shop describes it. Throws BadRequestException, which says in words what is wrong. */
export function readService(service: WireObject | undefined): ServiceBody {
  if (service === undefined) throw new BadRequestException('service must be an object');
  const parameters = list(service, 'parameters', 'service').map((parameter, index) =>
    readParameter(parameter, `service.parameters[${index}]`),
  );
  unique(parameters, 'id', 'service.parameters');
  return {
    serviceId: long(service, 'serviceId', 'service'),
    serviceName: text(service, 'serviceName', 'service'),
    parameters,
  };
}

function readParameter(parameter: WireObject, place: string): ServiceParameterBody {
  const value = textField(parameter, 'value') ?? '';
  if ([...value].length > MAX_VALUE_LENGTH) {
    throw new BadRequestException(`${place}.value has at most ${MAX_VALUE_LENGTH} characters`);
  }
  const read = { id: long(parameter, 'id', place), value, name: text(parameter, 'name', place) };
  if (field(parameter, 'options') === undefined) return read;
  const options = list(parameter, 'options', place).map((option, index) =>
    readOption(option, `${place}.options[${index}]`),
  );
  unique(options, 'key', `${place}.options`);
  if (value !== '' && options.length > 0 && !options.some(({ key }) => key === value)) {
    throw new BadRequestException(`${place}.value must be the key of one of its options`);
  }
  return { ...read, options };
}

function readOption(option: WireObject, place: string): { key: string; label: string; description?: string } {
  const key = text(option, 'key', place);
  if ([...key].length > MAX_VALUE_LENGTH) {
    throw new BadRequestException(`${place}.key has at most ${MAX_VALUE_LENGTH} characters`);
  }
  const description = textField(option, 'description');
  return { key, label: text(option, 'label', place), ...(description !== undefined && { description }) };
}

function list(object: WireObject, name: string, place: string): WireObject[] {
  const items = field(object, name);
  if (
    Array.isArray(items) &&
    items.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item))
  ) {
    return items;
  }
  throw new BadRequestException(`${place}.${name} must be a list of objects`);
}

function text(object: WireObject, name: string, place: string): string {
  const value = textField(object, name);
  if (value === undefined) throw new BadRequestException(`${place}.${name} is missing`);
  return value;
}

function long(object: WireObject, name: string, place: string): number {
  const digits = text(object, name, place);
  if (!/^\d{1,15}$/.test(digits)) throw new BadRequestException(`${place}.${name} must be a whole number`);
  return Number(digits);
}

function unique<Item>(items: readonly Item[], name: keyof Item & string, place: string): void {
  if (new Set(items.map((item) => item[name])).size < items.length) {
    throw new BadRequestException(`${place} must each have ${name === 'id' ? 'an' : 'a'} ${name} of their own`);
  }
}
