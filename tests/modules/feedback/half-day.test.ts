import { describe, expect, test } from '@jest/globals';
import { halfDayOf } from '../../../src/modules/feedback/index.ts';

describe('R24: attempts count by half-days of Shanghai, whatever the zone of the process', () => {
  test.each([
    ['2026-12-03T00:00:00+08:00', '2026-12-03 上午'],
    ['2026-12-03T11:59:59+08:00', '2026-12-03 上午'],
    ['2026-12-03T12:00:00+08:00', '2026-12-03 下午'],
    ['2026-12-03T23:59:59+08:00', '2026-12-03 下午'],
    ['2026-12-03T16:30:00Z', '2026-12-04 上午'],
    ['2026-12-03T04:00:00Z', '2026-12-03 下午'],
  ])('%s is %s', (at, half) => expect(halfDayOf(new Date(at))).toBe(half));
});
