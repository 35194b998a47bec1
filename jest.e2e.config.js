import base from './jest.config.js';

/** Whole servers over HTTP, commands as processes, and random lives: what takes too long for every change. */
export default {
  ...base,
  roots: ['<rootDir>/test/e2e', '<rootDir>/test/property'],
  testPathIgnorePatterns: ['/node_modules/'],
};
