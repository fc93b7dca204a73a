import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OrgData, OrgDirectory } from '../../src/modules/org/index.ts';

/** The seeded organisation of the product, fresh for each caller. */
export const seededOrg = (): OrgData =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../data/org.json'), 'utf8')) as OrgData;

export const seededDirectory = (): OrgDirectory => new OrgDirectory(seededOrg());
