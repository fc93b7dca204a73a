import type { House } from '../house.ts';
import type { Route } from '../route.ts';
import { accessPages } from './audit/access.ts';
import { searchPages } from './audit/search.ts';
import { verifyPages } from './audit/verify.ts';

/** What auditors do: search the history, verify it, see who looked at personal data. They change nothing, and are audited themselves. */
export const auditPages = (house: House): Route[] => [
  ...searchPages(house),
  ...verifyPages(house),
  ...accessPages(house),
];
