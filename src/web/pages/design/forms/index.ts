import type { House } from '../../../house.ts';
import type { Route } from '../../../route.ts';
import { formDraftPages } from './drafts.ts';
import { formEditPages } from './edit.ts';
import { formFieldPages } from './fields.ts';
import { formPreviewPages } from './preview.ts';

/** P23: forms on the canvas, as a table of fields, as a file, and as the page they become. */
export const formDesignPages = (house: House): Route[] => [
  ...formDraftPages(house),
  ...formEditPages(house),
  ...formFieldPages(house),
  ...formPreviewPages(house),
];
