/** The tests that mutation testing runs against each mutant: those of the core that weighs evidence. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } } }],
  },
  testMatch: [
    '<rootDir>/test/core/{explain,inventory,light,place-standing,plan*,policy}.test.ts',
    '<rootDir>/test/core/{source-standing,standing,verdict*}.test.ts',
  ],
};
