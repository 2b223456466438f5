const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } } }],
  },
};

/** Suites that need nothing but Node but take their time: they wait for disks, spawn processes or cross many cases. */
const SLOW = [
  '<rootDir>/test/contracts/(copier|ledger|signal).test.ts',
  '<rootDir>/test/architecture/(fences|service-files).test.ts',
  '<rootDir>/test/unit/offload/small-batch.test.ts',
  '<rootDir>/test/unit/platform/(exec|sd-notify).test.ts',
  '<rootDir>/test/unit/volumes/process-hint.test.ts',
];

/** `unit` needs nothing but Node; `integration` uses real drives, servers and processes (see docs/TESTING.md). */
export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/{core,contracts,architecture,unit}/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...SLOW],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/{integration,scenarios}/**/*.test.ts', ...SLOW],
    },
    {
      ...shared,
      displayName: 'vm',
      testMatch: ['<rootDir>/test/vm/**/*.test.ts'],
    },
  ],
  // A busy machine is no failure: what hangs is ended by its own limits long before.
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/test/support/closing-line-reporter.mjs'],
  collectCoverageFrom: ['src/core/**/*.ts'],
};
