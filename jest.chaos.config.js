import base from './jest.config.js';

/** Servers that are started, killed and started again, databases that go away: each start of a process takes its time. */
export default {
  ...base,
  roots: ['<rootDir>/test/chaos', '<rootDir>/test/quickstart'],
  testPathIgnorePatterns: ['/node_modules/'],
};
