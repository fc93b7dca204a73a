import { classOf, EvaluationAborted, identical, isComparable, order, Range, type Value } from '../values.ts';
import { define, type Functions } from './define.ts';

interface Bound {
  value: Value;
  closed: boolean;
}
type Pair = { start: Bound; end: Bound };

const isPoint = (value: Value): boolean =>
  isComparable(value) && typeof value !== 'string' && !Array.isArray(value) && !(value instanceof Range);

const pair = (range: Range): Pair => ({
  start: { value: range.start, closed: range.includeStart },
  end: { value: range.end, closed: range.includeEnd },
});

interface Rules {
  ranges?: (a: Pair, b: Pair) => boolean;
  pointRange?: (point: Value, range: Pair) => boolean;
  rangePoint?: (range: Pair, point: Value) => boolean;
  points?: (a: Value, b: Value) => boolean;
}

const lt = (a: Value, b: Value) => order(a, b) < 0;
const gt = (a: Value, b: Value) => order(a, b) > 0;
const eq = identical;

function compareWith(names: [string, string][], rules: Rules) {
  return names.map((parameters) =>
    define(parameters, ([a, b]) => {
      const [first, second] = [a instanceof Range ? a.start : a!, b instanceof Range ? b.start : b!];
      if (!isPoint(first) || !isPoint(second) || classOf(first) !== classOf(second)) return undefined;
      const holds =
        a instanceof Range
          ? b instanceof Range
            ? rules.ranges?.(pair(a), pair(b))
            : rules.rangePoint?.(pair(a), b!)
          : b instanceof Range
            ? rules.pointRange?.(a!, pair(b))
            : rules.points?.(a!, b!);
      // Comparable, but no form of the function is meant for them: Zeebe's expression fails.
      if (holds === undefined) throw new EvaluationAborted('no such combination of points and ranges');
      return holds;
    }),
  );
}

const within = (range: Pair, point: Value) =>
  (lt(range.start.value, point) && gt(range.end.value, point)) ||
  (eq(range.start.value, point) && range.start.closed) ||
  (eq(range.end.value, point) && range.end.closed);

/** `inner` lies in `outer`, borders counted. */
const contains = (outer: Pair, inner: Pair) =>
  (lt(outer.start.value, inner.start.value) ||
    (eq(outer.start.value, inner.start.value) && (outer.start.closed || !inner.start.closed))) &&
  (gt(outer.end.value, inner.end.value) ||
    (eq(outer.end.value, inner.end.value) && (outer.end.closed || !inner.end.closed)));

const touch = (a: Bound, b: Bound) => a.closed && b.closed && eq(a.value, b.value);
const reaches = (end: Bound, start: Bound) => gt(end.value, start.value) || touch(end, start);
const sameBound = (a: Bound, b: Bound) => eq(a.value, b.value) && a.closed === b.closed;

/** `a` begins earlier than `b`, reaches into it, and does not end later. */
const overlapsBefore = (a: Pair, b: Pair) =>
  (lt(a.start.value, b.start.value) || (eq(a.start.value, b.start.value) && a.start.closed && !b.start.closed)) &&
  reaches(a.end, b.start) &&
  (lt(a.end.value, b.end.value) || (eq(a.end.value, b.end.value) && (!a.end.closed || b.end.closed)));

const overlapsAfter = (a: Pair, b: Pair) =>
  (lt(b.start.value, a.start.value) || (eq(b.start.value, a.start.value) && b.start.closed && !a.start.closed)) &&
  reaches(b.end, a.start) &&
  (lt(b.end.value, a.end.value) || (eq(b.end.value, a.end.value) && (!b.end.closed || a.end.closed)));

const startsWith = (a: Pair, b: Pair) =>
  sameBound(a.start, b.start) &&
  (lt(a.end.value, b.end.value) || (eq(a.end.value, b.end.value) && (!a.end.closed || b.end.closed)));
const finishesIn = (a: Pair, b: Pair) =>
  sameBound(a.end, b.end) &&
  (gt(a.start.value, b.start.value) || (eq(a.start.value, b.start.value) && (!a.start.closed || b.start.closed)));
const finishedBy = (a: Pair, b: Pair) =>
  sameBound(a.end, b.end) &&
  (lt(a.start.value, b.start.value) || (eq(a.start.value, b.start.value) && (a.start.closed || !b.start.closed)));

const RANGES: [string, string] = ['range1', 'range2'];
const POINT_RANGE: [string, string] = ['point', 'range'];
const RANGE_POINT: [string, string] = ['range', 'point'];
const POINTS: [string, string] = ['point1', 'point2'];
const ALL = [POINTS, POINT_RANGE, RANGE_POINT, RANGES];

const isBefore = (end: Bound, start: Bound) =>
  lt(end.value, start.value) || ((!end.closed || !start.closed) && eq(end.value, start.value));
const closed = (value: Value): Bound => ({ value, closed: true });

export const rangeFunctions: Functions = {
  before: compareWith(ALL, {
    ranges: (a, b) => isBefore(a.end, b.start),
    pointRange: (point, range) => isBefore(closed(point), range.start),
    rangePoint: (range, point) => isBefore(range.end, closed(point)),
    points: lt,
  }),
  after: compareWith(ALL, {
    ranges: (a, b) => isBefore(b.end, a.start),
    pointRange: (point, range) => isBefore(range.end, closed(point)),
    rangePoint: (range, point) => isBefore(closed(point), range.start),
    points: gt,
  }),
  meets: compareWith([RANGES], { ranges: (a, b) => touch(a.end, b.start) }),
  'met by': compareWith([RANGES], { ranges: (a, b) => touch(a.start, b.end) }),
  overlaps: compareWith([RANGES], { ranges: (a, b) => reaches(a.end, b.start) && reaches(b.end, a.start) }),
  'overlaps before': compareWith([RANGES], { ranges: overlapsBefore }),
  'overlaps after': compareWith([RANGES], { ranges: overlapsAfter }),
  finishes: compareWith([POINT_RANGE, RANGES], {
    ranges: finishesIn,
    pointRange: (point, range) => range.end.closed && eq(range.end.value, point),
  }),
  'finished by': compareWith([POINT_RANGE, RANGES], {
    ranges: finishedBy,
    rangePoint: (range, point) => range.end.closed && eq(range.end.value, point),
  }),
  includes: compareWith([RANGE_POINT, RANGES], { ranges: contains, rangePoint: within }),
  during: compareWith([POINT_RANGE, RANGES], {
    ranges: (a, b) => contains(b, a),
    pointRange: (point, range) => within(range, point),
  }),
  starts: compareWith([POINT_RANGE, RANGES], {
    ranges: startsWith,
    pointRange: (point, range) => eq(range.start.value, point) && range.start.closed,
  }),
  'started by': compareWith([RANGE_POINT, RANGES], {
    ranges: (a, b) => startsWith(b, a),
    rangePoint: (range, point) => eq(range.start.value, point) && range.start.closed,
  }),
  coincides: compareWith([POINTS, RANGES], {
    ranges: (a, b) => sameBound(a.start, b.start) && sameBound(a.end, b.end),
    points: eq,
    pointRange: () => false,
    rangePoint: () => false,
  }),
};
