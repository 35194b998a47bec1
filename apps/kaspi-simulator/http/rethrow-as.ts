import type { HttpException } from '@nestjs/common';

/** Calls `work` and rethrows an error of class `Cause` as the HTTP exception `Exception` with the same message. */
export function rethrowAs<T>(
  Cause: new (message: string) => Error,
  Exception: new (message: string) => HttpException,
  work: () => T,
): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Cause ? new Exception(error.message) : error;
  }
}
