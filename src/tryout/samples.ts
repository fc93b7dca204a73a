import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DemandCase } from './drive-demands.ts';

const FILE = join(import.meta.dirname, '..', '..', 'data', 'demo', 'demands.json');
let samples: Promise<DemandCase[]> | undefined;

/** Invented demands of every kind, to try designs with. */
export function loadSamples(): Promise<DemandCase[]> {
  samples ??= readFile(FILE, 'utf8').then((text) => JSON.parse(text) as DemandCase[]);
  return samples;
}
