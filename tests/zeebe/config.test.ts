import { describe, expect, test } from '@jest/globals';
import { ConfigError, readBrokerConfig, readConfig } from '../../src/config.ts';

const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://u:p@db/x',
  SESSION_SECRET: 'a-secret-of-at-least-32-characters',
};

describe('settings of Zeebe', () => {
  test('nothing of it is needed for the embedded engine', () => {
    expect(readConfig(production)).toMatchObject({ ENGINE: 'embedded', ZEEBE_RECORDS_HOST: '127.0.0.1' });
    expect(readConfig(production).ZEEBE_ADDRESS).toBeUndefined();
  });

  test.each([[{ ENGINE: 'zeebe' }], [{ ZEEBE_ADDRESS: 'zeebe:26500' }]])(
    'in production with %j the password of the record endpoint must be set',
    (given) => {
      expect(() => readConfig({ ...production, ...given })).toThrow(/ZEEBE_RECORDS_PASSWORD/);
      const password = 'twelve-and-more';
      expect(readConfig({ ...production, ...given, ZEEBE_RECORDS_PASSWORD: password }).ZEEBE_RECORDS_PASSWORD).toBe(
        password,
      );
    },
  );

  test.each([
    [{ ENGINE: 'camunda' }, /ENGINE/],
    [{ ZEEBE_ADDRESS: 'http://zeebe:26500' }, /主机:端口/],
    [{ ZEEBE_ADDRESS: 'zeebe' }, /主机:端口/],
    [{ ZEEBE_RECORDS_PASSWORD: 'short' }, /至少 12 个字符/],
    [{ ZEEBE_RECORDS_PORT: '70000' }, /ZEEBE_RECORDS_PORT/],
  ])('%j is refused with a sentence', (given, says) => {
    expect(() => readConfig(given)).toThrow(says);
    expect(() => readConfig(given)).toThrow(ConfigError);
  });

  test('the broker of this machine gets the environment it was started in, and ports of its own', () => {
    const config = readBrokerConfig({ PATH: '/bin', ZEEBE_GATEWAY_PORT: '26600', LANG: 'C' });
    expect(config).toMatchObject({
      ZEEBE_GATEWAY_PORT: 26600,
      ZEEBE_MANAGEMENT_PORT: 9600,
      environment: { LANG: 'C' },
    });
    expect(() => readBrokerConfig({ ZEEBE_GATEWAY_PORT: 'x' })).toThrow(/ZEEBE_GATEWAY_PORT/);
  });
});
