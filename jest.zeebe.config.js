import base from './jest.config.js';

/** Suites that need a real Zeebe broker: a JDK of version 21 or newer, and Maven to fetch the distribution. */
export default {
  ...base,
  testMatch: ['<rootDir>/tests/zeebe/broker/**/*.test.ts', '<rootDir>/tests/contract/zeebe-*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 120_000,
};
