import { CORE_REASONS, type CoreReason } from '@mpp/core-banking/wire';
import { parseWireObject, textField, type WireObject } from '@mpp/kaspi/wire';
import { BadRequestException } from '@nestjs/common';
import {
  CORE_OPERATIONS,
  FAULTY_METHODS,
  type FaultKind,
  type FaultPlan,
  type FaultyMethod,
  type Happening,
} from '../domain/faults.js';

/** What each kind has beside how often; a refusal has what its method refuses with. */
const KINDS: Readonly<Record<FaultKind['do'], readonly string[]>> = {
  refuse: [],
  reset: [],
  hang: [],
  status: ['httpStatus'],
  garbage: [],
  lose: [],
  slow: ['ms'],
};

const MAX_CODE_LENGTH = 64;
const MAX_COUNT = 1_000_000;
const MAX_SLOW_MS = 600_000;

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

function readFault(method: FaultyMethod, value: unknown, place: string): Happening['fault'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadRequestException(`${place} must be an object, like { "do": "reset", "count": 1 }`);
  }
  const fault = value as WireObject;
  const kind = readKind(method, fault, place);
  const allowed = ['do', 'count', 'probability', ...(kind.do === 'refuse' ? refusingWith(method) : KINDS[kind.do])];
  const strange = Object.keys(fault).find((key) => !allowed.includes(key));
  if (strange !== undefined) throw new BadRequestException(`${place}.${strange} means nothing to "${kind.do}"`);
  return { ...kind, ...readHowOften(fault, place) };
}

function readKind(method: FaultyMethod, fault: WireObject, place: string): FaultKind {
  const kind = fault.do;
  switch (kind) {
    case 'refuse':
      return readRefusal(method, fault, place);
    case 'status':
      return { do: kind, httpStatus: readHttpStatus(fault, place) };
    case 'slow':
      return { do: kind, ms: readMilliseconds(fault, place) };
    case 'reset':
    case 'hang':
    case 'garbage':
    case 'lose':
      return { do: kind };
    default:
      throw new BadRequestException(`${place}.do must be one of ${Object.keys(KINDS).join(', ')}`);
  }
}

/** The PS refuses with a code of its own, a core with a reason; others decide nothing. */
function readRefusal(method: FaultyMethod, fault: WireObject, place: string): FaultKind {
  const [name] = refusingWith(method);
  if (name === 'resultCode') return { do: 'refuse', resultCode: readResultCode(fault, place) };
  if (name === 'reason') return { do: 'refuse', reason: readReason(fault, place) };
  throw new BadRequestException(`${place}: ${method} has nothing to refuse with; "status" answers an HTTP error`);
}

function refusingWith(method: FaultyMethod): ['resultCode' | 'reason'] | [] {
  if ((CORE_OPERATIONS as readonly string[]).includes(method)) return ['reason'];
  return method === 'notification' || method === 'coreAccounts' || method === 'coreOutcome' ? [] : ['resultCode'];
}

function readReason(fault: WireObject, place: string): CoreReason {
  const reason = CORE_REASONS.find((each) => each === fault.reason);
  if (reason !== undefined) return reason;
  throw new BadRequestException(`${place}.reason must be one of ${CORE_REASONS.join(', ')}`);
}

function readMilliseconds(fault: WireObject, place: string): number {
  const text = textField(fault, 'ms') ?? '';
  if (!/^[1-9]\d*$/.test(text) || Number(text) > MAX_SLOW_MS) {
    throw new BadRequestException(`${place}.ms must be a whole number of milliseconds, 1 to ${MAX_SLOW_MS}`);
  }
  return Number(text);
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

function readHowOften(fault: WireObject, place: string): Pick<Happening['fault'], 'count' | 'probability'> {
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
