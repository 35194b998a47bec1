import type { Settings } from '@mpp/config';
import { v7 as uuidv7 } from 'uuid';
import { CORE_PATHS } from '../wire.js';
import { coreAddress } from './address.js';
import { readOutcome } from './answers.js';
import { coreTls } from './tls.js';

/**
 * A request that shows whether a core answers and accepts our credentials, and changes nothing: an inquiry about an operation that nobody
 * has requested. `isNeverSeen` reads the answer.
 */
export function harmlessInquiry(settings: Settings) {
  const { baseUrl, headers } = coreAddress(settings);
  const operationId = uuidv7();
  return {
    url: baseUrl + CORE_PATHS.operation(operationId),
    headers,
    tls: coreTls(settings),
    isNeverSeen: (status: number, text: string) => readOutcome(status, text, operationId).kind === 'never-seen',
  };
}
