const commonJs = { module: { type: 'commonjs' }, sourceMaps: 'inline' };

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // What is imported while running is named as it is when compiled.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/data/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2022' },
        ...commonJs,
      },
    ],
    '/node_modules/content-disposition/.+\\.js$': ['@swc/jest', commonJs],
  },
  // Of what the API's page needs, one package is an ES module only; node 20 loads it by require, jest must translate it.
  transformIgnorePatterns: ['/node_modules/(?!content-disposition/)'],
  globalSetup: '<rootDir>/test/support/global.ts',
  globalTeardown: '<rootDir>/test/support/globalEnd.ts',
  maxWorkers: 2,
  testTimeout: 180_000,
  workerIdleMemoryLimit: '1GB',
};
