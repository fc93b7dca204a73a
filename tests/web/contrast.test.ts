import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const FILE = join(import.meta.dirname, '../../assets/styles/app.css');
const css = readFileSync(FILE, 'utf8');

/** The colours a rule of the tokens gives: name without dashes -> hex. */
function tokensOf(selector: string): Record<string, string> {
  const at = css.indexOf(`${selector} {`);
  if (at < 0) throw new Error(`no rule ${selector}`);
  const block = css.slice(at, css.indexOf('}', at));
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex]));
}

const light = tokensOf(':root');
const dark = { ...light, ...tokensOf(':root[data-theme="dark"]') };
const system = { ...light, ...tokensOf(':root[data-theme="system"]') };

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Text on its ground: 4.5; borders of inputs, focus and marks of charts: 3 (WCAG 2.2, 1.4.3 and 1.4.11). */
const TEXT: [string, string][] = [
  ['ink', 'surface'],
  ['ink', 'page'],
  ['ink', 'sunken'],
  ['ink-2', 'surface'],
  ['ink-2', 'page'],
  ['ink-2', 'sunken'],
  ['link', 'surface'],
  ['link', 'page'],
  ['link', 'sunken'],
  ['visited', 'surface'],
  ['visited', 'page'],
  ['visited', 'sunken'],
  ['action', 'surface'],
  ['action', 'sunken'],
  ['action-ink', 'action'],
  ['action-ink', 'action-deep'],
  ['red', 'surface'],
  ...['green', 'yellow', 'orange', 'red', 'grey', 'done', 'purple', 'info'].map((name): [string, string] => [
    name,
    `${name}-fill`,
  ]),
];
const SHAPES: [string, string][] = [
  ['control', 'surface'],
  ['control', 'page'],
  ['halo', 'focus'],
  ...[1, 2, 3, 4, 5, 6].map((n): [string, string] => [`chart-${n}`, 'surface']),
];

describe.each([
  ['light', light],
  ['dark', dark],
  ['dark by system', system],
])('the colours of the %s theme', (_name, tokens) => {
  test.each(TEXT)('%s is readable on %s', (ink, ground) => {
    expect(contrast(tokens[ink]!, tokens[ground]!)).toBeGreaterThanOrEqual(4.5);
  });
  test.each(SHAPES)('%s stands out on %s', (shape, ground) => {
    expect(contrast(tokens[shape]!, tokens[ground]!)).toBeGreaterThanOrEqual(3);
  });
});

test('white is readable on the header, its hover and the danger button', () => {
  for (const name of ['brand', 'brand-deep', 'danger']) expect(contrast('#ffffff', light[name]!)).toBeGreaterThan(7);
});

test('the measured ratios are the ones the guide promises', () => {
  const rounded = (ink: string, ground: string) => Math.round(contrast(ink, ground) * 10) / 10;
  expect(rounded(light.ink!, light.surface!)).toBe(16.5);
  expect(rounded(light['ink-2']!, light.surface!)).toBe(7.7);
  expect(rounded(light.green!, light['green-fill']!)).toBe(6.2);
  expect(rounded(light.yellow!, light['yellow-fill']!)).toBe(7.1);
  expect(rounded(light.orange!, light['orange-fill']!)).toBe(6.4);
  expect(rounded(light.red!, light['red-fill']!)).toBe(6.6);
  expect(rounded(light.grey!, light['grey-fill']!)).toBe(6.9);
  expect(rounded(light.purple!, light['purple-fill']!)).toBe(7.8);
  expect(rounded(light.control!, light.surface!)).toBe(4.5);
});

test('the two dark themes are one', () => {
  expect(system).toEqual(dark);
});

test('one style sheet of at most 40 KB of rules, no text below 14 px', () => {
  // Indentation is for the reader; it weighs nothing once compressed.
  expect(Buffer.byteLength(css.replaceAll(/^\s+/gm, ''))).toBeLessThanOrEqual(40 * 1024);
  const sizes = [...css.matchAll(/font-size: ([\d.]+)rem/g)].map(([, size]) => Number(size));
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(0.875);
});
