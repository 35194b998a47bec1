import { expect } from '@jest/globals';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** An RFC 9457 problem as a client receives it. */
export interface Problem extends Record<string, unknown> {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  errors?: { field: string; message: string }[];
}

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Problem;
}

/** Expects the problem with its media type, a request id, and texts that a customer can read. */
export function expectProblem(answer: ProblemAnswer, status: number, code: string): void {
  expect(answer).toMatchObject({ status, body: { status, code } });
  expect(answer.headers.get('content-type')).toBe(PROBLEM_TYPE);
  expect(answer.headers.get('x-request-id')).toMatch(/^[\x21-\x7e]{1,64}$/);
  expect(answer.body.type).toBe(`urn:mpp:problem:${code.toLowerCase().replaceAll('_', '-')}`);
  for (const text of [answer.body.title, answer.body.detail]) expect(text).toMatch(/\p{Script=Cyrillic}/u);
}
