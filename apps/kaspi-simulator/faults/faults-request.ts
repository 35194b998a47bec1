import { CORE_REASONS } from '@mpp/core-banking/wire';
import { z } from 'zod';
import { CORE_OPERATIONS, FAULTY_METHODS, type FaultPlan, type FaultyMethod, PS_METHODS } from '../domain/faults.js';
import { readWireBody } from '../http/read-body.js';
import { decimalNumber, wholeNumber } from '../http/wire-fields.js';

const MAX_CODE_LENGTH = 64;
const MAX_COUNT = 1_000_000;
const MAX_SLOW_MS = 600_000;

const howOften = { count: wholeNumber(1, MAX_COUNT).optional(), probability: decimalNumber(0, 1).optional() };
const resultCode = z
  .string(`must be a code of at most ${MAX_CODE_LENGTH} characters`)
  .regex(/^(?!SUCCESS$)./, 'must be a code, and not SUCCESS')
  .max(MAX_CODE_LENGTH, `must be a code of at most ${MAX_CODE_LENGTH} characters`);
const reason = z.enum(CORE_REASONS, `must be one of ${CORE_REASONS.join(', ')}`);

/** Every method can fail in these ways. */
const FAILURES = [
  z.strictObject({ do: z.enum(['reset', 'hang', 'garbage', 'lose']), ...howOften }),
  z.strictObject({ do: z.literal('status'), httpStatus: wholeNumber(400, 599), ...howOften }),
  z.strictObject({ do: z.literal('slow'), ms: wholeNumber(1, MAX_SLOW_MS), ...howOften }),
] as const;

const faultPlan = z.strictObject(
  Object.fromEntries(FAULTY_METHODS.map((method) => [method, faultList(method).optional()])),
  { error: ({ keys }) => `${keys} cannot fail; the methods that can fail are ${FAULTY_METHODS.join(', ')}` },
);

/** Throws BadRequestException, which names each invalid fault. */
export function readFaultPlan(body: string | undefined): FaultPlan {
  return readWireBody(faultPlan, body) as FaultPlan;
}

function faultList(method: FaultyMethod) {
  const fault = z
    .discriminatedUnion('do', [refusalOf(method), anotherResultOf(method), ...FAILURES], {
      error: ({ input }) =>
        typeof input === 'object'
          ? `must be one of refuse, ${method === 'notifyPayment' ? 'refuse-another-result, ' : ''}reset, hang, status, garbage, lose, slow`
          : 'must be an object, like { "do": "reset", "count": 1 }',
    })
    .refine((each) => !('count' in each && 'probability' in each), 'has a count or a probability, not both');
  return z.array(fault, 'must be a list of faults');
}

/** The PS refuses with a result code, an operation of the core with a reason; other methods cannot refuse. */
function refusalOf(method: FaultyMethod) {
  const kind = z.literal('refuse');
  if (isOneOf(PS_METHODS, method)) return z.strictObject({ do: kind, resultCode, ...howOften });
  if (isOneOf(CORE_OPERATIONS, method)) return z.strictObject({ do: kind, reason, ...howOften });
  const problem = `${method} has nothing to refuse with; "status" answers an HTTP error`;
  return z.object({ do: kind }).refine(() => false, problem);
}

/** Only a notify has a result. */
function anotherResultOf(method: FaultyMethod) {
  const fault = z.strictObject({ do: z.literal('refuse-another-result'), ...howOften });
  return method === 'notifyPayment' ? fault : fault.refine(() => false, `${method} has no result to compare`);
}

function isOneOf(methods: readonly FaultyMethod[], method: FaultyMethod): boolean {
  return methods.includes(method);
}
