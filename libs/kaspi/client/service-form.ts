import { arrayField, objectField, textField, type WireObject } from '../wire.js';
import { UnreadableAnswer } from './unreadable-answer.js';

/** The service form, as the PS sent it (regulation 4.1, paymentData). */
export interface ServiceForm {
  readonly id: number;
  readonly name: string;
  readonly parameters: readonly {
    readonly id: number;
    readonly name: string;
    /** Null if the customer fills it in. */
    readonly value: string | null;
    readonly options: readonly { readonly key: string; readonly label: string; readonly description: string | null }[];
  }[];
}

/**
 * Reads the form of a Custom QR. Throws {@link UnreadableAnswer} for a form that could not be sent back as the PS expects it:
 * no service, an id that is not a whole number or is duplicate, an option without a key.
 */
export function readServiceForm(body: WireObject): ServiceForm {
  const data = objectField(body, 'paymentData');
  if (data === undefined) throw new UnreadableAnswer('paymentData is missing');
  const parameters = (arrayField(data, 'parameters') ?? []).map(readParameter);
  if (new Set(parameters.map(({ id }) => id)).size < parameters.length) {
    throw new UnreadableAnswer('paymentData.parameters has a duplicate id');
  }
  // The tables of the regulation misspell it once (R6).
  const id = wholeNumber(textField(data, 'serviceId') ?? textField(data, 'serviceld'), 'paymentData.serviceId');
  return { id, name: textField(data, 'serviceName') ?? '', parameters };
}

function readParameter(parameter: WireObject): ServiceForm['parameters'][number] {
  return {
    id: wholeNumber(textField(parameter, 'id'), 'paymentData.parameters.id'),
    name: textField(parameter, 'name') ?? '',
    value: textField(parameter, 'value') ?? null,
    options: (arrayField(parameter, 'options') ?? []).map(readOption),
  };
}

function readOption(option: WireObject): ServiceForm['parameters'][number]['options'][number] {
  const key = textField(option, 'key');
  if (key === undefined) throw new UnreadableAnswer('an option of paymentData has no key');
  return { key, label: textField(option, 'label') ?? key, description: textField(option, 'description') ?? null };
}

/** A `long` of the regulation; one that our own JSON cannot represent exactly is refused. */
function wholeNumber(text: string | undefined, path: string): number {
  const number = Number(text);
  if (text === undefined || !/^\d{1,16}$/.test(text) || !Number.isSafeInteger(number)) {
    throw new UnreadableAnswer(`${path} is missing or not a whole number`);
  }
  return number;
}
