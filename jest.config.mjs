// Unit and integration tests of the workspace; black-box tests are in acceptance/.
const packages = [
  'common',
  'service-kit',
  'migrations',
  'data-sets',
  'data-sets-service',
  'registry',
  'warehouse',
  'job-queue',
  'object-store',
  'safe-fetch',
  'openid-connect',
  'testing',
];

export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{packages,services,infra}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: {
    ...Object.fromEntries(
      packages.map((name) => [`^@flyloft/${name}$`, `<rootDir>/packages/${name}/src/index.ts`]),
    ),
    '^@flyloft/local$': '<rootDir>/infra/local/src/index.ts',
  },
  globalSetup: '<rootDir>/infra/jest/global-setup.mjs',
  globalTeardown: '<rootDir>/infra/jest/global-teardown.mjs',
  // A guard against hangs, not a promise of speed: machines are shared.
  testTimeout: 180_000,
  maxWorkers: 2,
  // Node keeps the modules of test files that have ended: a worker that has grown is replaced.
  workerIdleMemoryLimit: '1GB',
};
