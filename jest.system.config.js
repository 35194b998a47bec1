import base from './jest.config.js';

/** What needs Debian packages, root or a browser: test/system/install.sh installs it. */
export default {
  ...base,
  roots: ['<rootDir>/test/system'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
};
