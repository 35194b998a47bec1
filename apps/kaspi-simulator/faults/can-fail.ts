import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import type { FaultyMethod } from '../domain/faults.js';
import { FAULTY_METHOD, FaultInterceptor } from './fault.interceptor.js';

/** The call fails as planned for this method by `PUT /faults`. */
export function CanFail(method: FaultyMethod): MethodDecorator {
  return applyDecorators(SetMetadata(FAULTY_METHOD, method), UseInterceptors(FaultInterceptor));
}
