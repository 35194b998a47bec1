import { parseWireObject, textField, type WireObject } from '@mpp/kaspi/wire';
import { BadRequestException } from '@nestjs/common';
import { FAULTY_METHODS, type Fault, type FaultKind, type FaultPlan, type FaultyMethod } from '../domain/faults.js';

const KINDS: Readonly<Record<FaultKind['do'], readonly string[]>> = {
  refuse: ['resultCode'],
  reset: [],
  hang: [],
  status: ['httpStatus'],
  garbage: [],
  lose: [],
};

const MAX_CODE_LENGTH = 64;
const MAX_COUNT = 1_000_000;

/** The faults that are asked for, by method. Throws BadRequestException, which says in words what is wrong. */
export function readFaultPlan(body: string | undefined): FaultPlan {
  const plan = parseWireObject(body ?? '');
  if (plan === null) throw new BadRequestException('the body must be a JSON object of methods and their faults');
  return Object.fromEntries(
    Object.entries(plan).map(([method, faults]) => {
      if (!isFaultyMethod(method)) {
        throw new BadRequestException(`${method} is no method that can fail; these are: ${FAULTY_METHODS.join(', ')}`);
      }
      if (!Array.isArray(faults)) throw new BadRequestException(`${method} must be a list of faults`);
      return [method, faults.map((fault, index) => readFault(method, fault, `${method}[${index}]`))];
    }),
  );
}

function readFault(method: FaultyMethod, value: unknown, place: string): Fault {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadRequestException(`${place} must be an object, like { "do": "reset", "count": 1 }`);
  }
  const fault = value as WireObject;
  const kind = readKind(fault, place);
  if (kind.do === 'refuse' && method === 'notification') {
    throw new BadRequestException(
      `${place}: a receiver of notifications has no result codes to refuse with; "status" answers an HTTP error`,
    );
  }
  const allowed = ['do', 'count', 'probability', ...KINDS[kind.do]];
  const strange = Object.keys(fault).find((key) => !allowed.includes(key));
  if (strange !== undefined) throw new BadRequestException(`${place}.${strange} means nothing to "${kind.do}"`);
  return { ...kind, ...readHowOften(fault, place) };
}

function readKind(fault: WireObject, place: string): FaultKind {
  const kind = fault.do;
  switch (kind) {
    case 'refuse':
      return { do: kind, resultCode: readResultCode(fault, place) };
    case 'status':
      return { do: kind, httpStatus: readHttpStatus(fault, place) };
    case 'reset':
    case 'hang':
    case 'garbage':
    case 'lose':
      return { do: kind };
    default:
      throw new BadRequestException(`${place}.do must be one of ${Object.keys(KINDS).join(', ')}`);
  }
}

function readResultCode(fault: WireObject, place: string): string {
  const code = textField(fault, 'resultCode');
  if (code === undefined || code.length > MAX_CODE_LENGTH || code === 'SUCCESS') {
    throw new BadRequestException(
      `${place}.resultCode must be a code of at most ${MAX_CODE_LENGTH} characters, and not SUCCESS`,
    );
  }
  return code;
}

function readHttpStatus(fault: WireObject, place: string): number {
  const text = textField(fault, 'httpStatus') ?? '';
  if (!/^[45]\d\d$/.test(text)) throw new BadRequestException(`${place}.httpStatus must be 400 to 599`);
  return Number(text);
}

function readHowOften(fault: WireObject, place: string): Pick<Fault, 'count' | 'probability'> {
  const { count, probability } = fault;
  if (count !== undefined && probability !== undefined) {
    throw new BadRequestException(`${place} has a count or a probability, not both`);
  }
  if (count !== undefined) {
    if (!/^[1-9]\d*$/.test(String(count)) || Number(count) > MAX_COUNT) {
      throw new BadRequestException(`${place}.count must be a whole number, 1 to ${MAX_COUNT}`);
    }
    return { count: Number(count) };
  }
  if (probability !== undefined) {
    const chance = Number(textField(fault, 'probability') ?? Number.NaN);
    if (!(chance >= 0 && chance <= 1)) throw new BadRequestException(`${place}.probability must be a number, 0 to 1`);
    return { probability: chance };
  }
  return {};
}

function isFaultyMethod(method: string): method is FaultyMethod {
  return (FAULTY_METHODS as readonly string[]).includes(method);
}
