const shared = {
  testEnvironment: 'node',
  // A busy machine is no failure: what hangs is ended by its own limits long before.
  testTimeout: 60_000,
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } } }],
  },
};

/** `unit` needs nothing but Node; `integration` uses real drives, servers and processes (see docs/TESTING.md). */
export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/{core,contracts,architecture,unit}/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/{integration,scenarios}/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'vm',
      testMatch: ['<rootDir>/test/vm/**/*.test.ts'],
    },
  ],
  reporters: ['default', '<rootDir>/test/support/closing-line-reporter.mjs'],
  collectCoverageFrom: ['src/core/**/*.ts'],
};
