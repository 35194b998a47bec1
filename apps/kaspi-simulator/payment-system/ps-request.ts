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

/** The longest that each text may be, in characters. Source: R29. */
const LIMITS = {
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

/** Who calls is settled before what is asked: a caller that the PS does not know learns nothing else. Source: regulation 1.7. */
export function checkHeaders(headers: IncomingHttpHeaders): void {
  if (!isText(headers[HEADERS.callerName], LIMITS.callerName)) throw new Refusal('UNKNOWN_SOURCE');
  if (!isText(headers[HEADERS.requestId], LIMITS.requestId)) throw new Refusal('PARAM_ILLEGAL');
  if (!WIRE_LOCALES.includes(String(headers[HEADERS.locale]))) throw new Refusal('PARAM_ILLEGAL');
}

/** Throws PARAM_ILLEGAL for no JSON and for a missing, empty or over-long field. Source: regulation 4.1. */
export function readScan(body: string | undefined): ScanRequestBody {
  const request = readBody(body);
  return { qrCode: required(request, 'qrCode'), customerId: required(request, 'customerId') };
}

/** Throws PARAM_ILLEGAL for no JSON and for a field at fault. The table's misprints are read as well (R6). Source: regulation 4.2. */
export function readCheckout(body: string | undefined): FilledForm {
  const request = readBody(body);
  const parameters = field(request, 'parameters');
  if (!Array.isArray(parameters)) throw new Refusal('PARAM_ILLEGAL');
  return {
    paymentId: required(request, 'paymentId'),
    // The table's "serviceld" has a small L where the capital I belongs.
    serviceId: long(textField(request, 'serviceId') ?? textField(request, 'serviceld')),
    parameters: parameters.map(readParameter),
  };
}

function readParameter(parameter: unknown): FilledParameter {
  if (typeof parameter !== 'object' || parameter === null) throw new Refusal('PARAM_ILLEGAL');
  const given = parameter as WireObject;
  return { id: long(textField(given, 'id')), value: required(given, 'value') };
}

/** Throws PARAM_ILLEGAL for no JSON, for a field at fault, and for a result that is none of a participant's. Source: regulation 4.3. */
export function readNotice(body: string | undefined): Notice {
  const request = readBody(body);
  const result = objectField(request, 'result') ?? {};
  const payment = objectField(request, 'payment') ?? {};
  const resultCode = required(result, 'resultCode');
  required(result, 'resultMessage');
  if (!isNotifyResult(resultCode)) throw new Refusal('PARAM_ILLEGAL');
  return {
    result: resultCode,
    paymentId: required(payment, 'paymentId'),
    mppPaymentId: required(payment, 'mppPaymentId'),
    customerId: required(request, 'customerId'),
    amount: amount(payment, 'paymentAmount'),
  };
}

function readBody(body: string | undefined): WireObject {
  const object = parseWireObject(body ?? '');
  if (object === null) throw new Refusal('PARAM_ILLEGAL');
  return object;
}

function required(object: WireObject, name: keyof typeof LIMITS): string {
  const text = textField(object, name);
  if (!isText(text, LIMITS[name])) throw new Refusal('PARAM_ILLEGAL');
  return text;
}

function long(text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new Refusal('PARAM_ILLEGAL');
  return Number(text);
}

function amount(object: WireObject, name: string) {
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
