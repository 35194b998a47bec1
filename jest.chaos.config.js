import base from './jest.config.js';

/** Servers that are killed, databases that go away: each start of a process takes its time. */
export default { ...base, roots: ['<rootDir>/test/chaos'], testPathIgnorePatterns: ['/node_modules/'] };
