import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How `npm start` starts node: what is measured is what runs. */
export const nodeFlags: string[] = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    scripts: { start: string };
  }
).scripts.start
  .split(' ')
  .filter((word) => word.startsWith('--'));
