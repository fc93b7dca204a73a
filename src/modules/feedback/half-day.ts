import { shanghaiDate, shanghaiTime } from '../../kernel/clock.ts';

/** Attempts count by half-days (不同时段, R24): `2026-12-03 上午`. Three calls within one hour are one attempt. */
export const halfDayOf = (at: Date): string => `${shanghaiDate(at)} ${shanghaiTime(at) < '12:00' ? '上午' : '下午'}`;

export const distinctHalfDays = (moments: readonly Date[]): number => new Set(moments.map(halfDayOf)).size;
