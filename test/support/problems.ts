import { expect } from '@jest/globals';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** An RFC 9457 problem as a caller reads it. */
export interface Problem extends Record<string, unknown> {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  errors?: { field: string; message: string }[];
}

export interface Said {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Problem;
}

/** The problem itself, its media type, a request id, and words that a customer can read. */
export function expectProblem(said: Said, status: number, code: string): void {
  expect(said).toMatchObject({ status, body: { status, code } });
  expect(said.headers.get('content-type')).toBe(PROBLEM_TYPE);
  expect(said.headers.get('x-request-id')).toMatch(/^[\x21-\x7e]{1,64}$/);
  expect(said.body.type).toBe(`urn:mpp:problem:${code.toLowerCase().replaceAll('_', '-')}`);
  for (const text of [said.body.title, said.body.detail]) expect(text).toMatch(/\p{Script=Cyrillic}/u);
}
