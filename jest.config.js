import { join } from 'node:path';

// Every process and thread that a test starts finds its code compiled, and its types stripped, by an earlier one.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/node');

/** One database cluster for the whole run (test/support/global-setup.ts), a database of its own for every file that asks for one. */
export default {
  testEnvironment: '<rootDir>/test/support/environment.js',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/config', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/system/',
    '<rootDir>/test/e2e/',
    '<rootDir>/test/property/',
    '<rootDir>/test/chaos/',
    '<rootDir>/test/quickstart/',
    '\\.e2e\\.spec\\.ts$',
    '/violations/',
  ],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^@mpp/config$': '<rootDir>/config/index.ts',
    '^@mpp/(kaspi|core-banking)/wire$': '<rootDir>/libs/$1/wire.ts',
    '^@mpp/(.*)$': '<rootDir>/libs/$1/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: { '^.+\\.ts$': '@swc/jest' },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  testTimeout: 240_000,
  // Freeing the heap of a worker takes longer than the usual half second on a busy machine.
  workerGracefulExitTimeout: 30_000,
  maxWorkers: 2,
  // A worker does not free the modules of the files that it has run: a new one takes its place in time.
  workerIdleMemoryLimit: '1GB',
};
