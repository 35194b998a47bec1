import base from './jest.config.js';

/** Whole servers over HTTP, commands as processes, and random histories: what takes too long for every change. */
export default {
  ...base,
  testMatch: ['**/*.e2e.spec.ts', '<rootDir>/test/{e2e,property}/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
};
