import type { Measure } from '../../../modules/statistics/index.ts';

/** A measure in words: never a rate without its counts, and none at all over few demands. */
export interface Shown {
  /** `98.6%`, `4 个工作日`, `12 件`; null when no rate is worked out. */
  value: string | null;
  /** Why there is none. */
  instead: string;
  rate: number | null;
}

export const percent = (rate: number): string => `${(Math.round(rate * 1000) / 10).toFixed(1)}%`;

export function shownMeasure(measure: Measure | undefined, unit: string, small: number): Shown {
  if (!measure)
    return { value: unit === '件' ? '0 件' : null, instead: unit === '件' ? '' : '没有应计的件', rate: null };
  if (measure.days !== undefined)
    return measure.days === null
      ? { value: null, instead: '没有应计的件', rate: null }
      : { value: `${measure.days} 个工作日`, instead: '', rate: null };
  if (measure.among === undefined)
    return { value: `${measure.counted.toLocaleString('en')} 件`, instead: '', rate: null };
  if (measure.among === 0) return { value: null, instead: '没有应计的件', rate: null };
  if (measure.among < small) return { value: null, instead: '件数少，不计算比例', rate: null };
  const rate = measure.counted / measure.among;
  return { value: percent(rate), instead: '', rate };
}

/** A difference of two rates in percentage points. */
export const difference = (now: number | null, then: number | null): string => {
  if (now === null || then === null) return '';
  const points = Math.round((now - then) * 1000) / 10;
  return points === 0 ? '持平' : `${points > 0 ? '高' : '低'} ${Math.abs(points).toFixed(1)} 个百分点`;
};
