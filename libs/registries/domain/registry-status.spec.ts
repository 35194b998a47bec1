import { expect, it } from '@jest/globals';
import { COMPARED_STATUSES } from './registry-status.js';

it('The registries that are compared are the RECONCILED and the ACCEPTED ones', () => {
  expect(COMPARED_STATUSES).toEqual(['RECONCILED', 'ACCEPTED']);
});
