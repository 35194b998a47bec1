import type { IncomingHttpHeaders } from 'node:http';
import {
  amountField,
  field,
  HEADERS,
  objectField,
  parseWireObject,
  type ScanRequestBody,
  textField,
  WIRE_LOCALES,
  type WireObject,
} from '@mpp/kaspi/wire';
import { NOTIFY_RESULTS, type NotifyResult } from '@mpp/kernel';
import type { Notice } from '../domain/purchase.js';
import { Refusal } from '../domain/refusal.js';
import type { FilledForm, FilledParameter } from '../domain/service-form.js';

/** Maximum lengths in characters. Source: R29. */
const MAX_LENGTHS = {
  qrCode: 128,
  customerId: 12,
  paymentId: 64,
  mppPaymentId: 64,
  resultCode: 64,
  resultMessage: 256,
  requestId: 64,
  callerName: 12,
  value: 64,
} as const;

/** Runs before the body is read, so that an unknown caller learns nothing else. Throws {@link Refusal}. Source: regulation 1.7. */
export function checkHeaders(headers: IncomingHttpHeaders): void {
  if (!isText(headers[HEADERS.callerName], MAX_LENGTHS.callerName)) throw new Refusal('UNKNOWN_SOURCE');
  if (!isText(headers[HEADERS.requestId], MAX_LENGTHS.requestId)) throw new Refusal('PARAM_ILLEGAL');
  if (!WIRE_LOCALES.includes(String(headers[HEADERS.locale]))) throw new Refusal('PARAM_ILLEGAL');
}

/** Throws PARAM_ILLEGAL for invalid JSON and for a missing, empty or too long field. Source: regulation 4.1. */
export function readScan(body: string | undefined): ScanRequestBody {
  const request = readObject(body);
  return { qrCode: requiredText(request, 'qrCode'), customerId: requiredText(request, 'customerId') };
}

/** Throws PARAM_ILLEGAL for invalid JSON or an invalid field. Accepts the misprints of the table too (R6). Source: regulation 4.2. */
export function readCheckout(body: string | undefined): FilledForm {
  const request = readObject(body);
  const parameters = field(request, 'parameters');
  if (!Array.isArray(parameters)) throw new Refusal('PARAM_ILLEGAL');
  return {
    paymentId: requiredText(request, 'paymentId'),
    // The table's "serviceld" has a small L where the capital I belongs.
    serviceId: wholeNumber(textField(request, 'serviceId') ?? textField(request, 'serviceld')),
    parameters: parameters.map(readParameter),
  };
}

function readParameter(parameter: unknown): FilledParameter {
  if (typeof parameter !== 'object' || parameter === null) throw new Refusal('PARAM_ILLEGAL');
  const object = parameter as WireObject;
  return { id: wholeNumber(textField(object, 'id')), value: requiredText(object, 'value') };
}

/** Throws PARAM_ILLEGAL for invalid JSON, an invalid field, or a result that participants do not send. Source: regulation 4.3. */
export function readNotice(body: string | undefined): Notice {
  const request = readObject(body);
  const result = objectField(request, 'result') ?? {};
  const payment = objectField(request, 'payment') ?? {};
  const resultCode = requiredText(result, 'resultCode');
  requiredText(result, 'resultMessage');
  if (!isNotifyResult(resultCode)) throw new Refusal('PARAM_ILLEGAL');
  return {
    result: resultCode,
    paymentId: requiredText(payment, 'paymentId'),
    mppPaymentId: requiredText(payment, 'mppPaymentId'),
    customerId: requiredText(request, 'customerId'),
    amount: readAmount(payment, 'paymentAmount'),
  };
}

function readObject(body: string | undefined): WireObject {
  const object = parseWireObject(body ?? '');
  if (object === null) throw new Refusal('PARAM_ILLEGAL');
  return object;
}

function requiredText(object: WireObject, name: keyof typeof MAX_LENGTHS): string {
  const text = textField(object, name);
  if (!isText(text, MAX_LENGTHS[name])) throw new Refusal('PARAM_ILLEGAL');
  return text;
}

function wholeNumber(text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new Refusal('PARAM_ILLEGAL');
  return Number(text);
}

function readAmount(object: WireObject, name: string) {
  try {
    return amountField(object, name);
  } catch {
    throw new Refusal('PARAM_ILLEGAL');
  }
}

function isText(value: string | string[] | undefined, limit: number): value is string {
  return typeof value === 'string' && value !== '' && (value.length <= limit || [...value].length <= limit);
}

function isNotifyResult(code: string): code is NotifyResult {
  return (NOTIFY_RESULTS as readonly string[]).includes(code);
}
