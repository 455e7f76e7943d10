// Black-box tests over HTTP against a running platform; they import no code of the application.
export default {
  rootDir: '.',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/src/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  globalSetup: '<rootDir>/start-platform.mjs',
  globalTeardown: '<rootDir>/stop-platform.mjs',
  testTimeout: 180_000,
  passWithNoTests: false,
  maxWorkers: 1,
};
