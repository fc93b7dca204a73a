/**
 * What says the same on every database is said once: a run of all suites on PostgreSQL leaves out those that touch none.
 * Who names suites gets what was named.
 */
const onPostgres = process.env.TEST_DATABASE_URL && !process.argv.some((arg) => arg.startsWith('tests/'));
const saidOnPglite = onPostgres ? await suitesSaidOnce() : [];

async function suitesSaidOnce() {
  const { suitesWithoutDatabase } = await import('./tests/support/database-suites.ts');
  return suitesWithoutDatabase().map((suite) => `/tests/${suite}$`);
}

/** Jest runs the TypeScript as ES modules; swc strips the types just as Node does at run time. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '/tests/browser/',
    '/tests/zeebe/broker/',
    '/tests/contract/zeebe-',
    ...saidOnPglite,
  ],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  globalSetup: '<rootDir>/tests/support/prepare-databases.ts',
  testTimeout: 60_000,
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
};
