import type { House } from '../../house.ts';
import type { Route } from '../../route.ts';
import { draftPages } from './drafts.ts';
import { editorPages } from './editor.ts';
import { formDesignPages } from './forms/index.ts';
import { keepPages } from './keep.ts';
import { nodePages } from './nodes.ts';
import { tryoutPages } from './tryout/index.ts';
import { comparePages } from './versions/index.ts';

/** P20 to P23: drafts of diagrams and forms and everything that edits them; versions of all designs and what differs between them. */
export const designPages = (house: House): Route[] => [
  ...draftPages(house),
  ...keepPages(house),
  ...editorPages(house),
  ...nodePages(house),
  ...formDesignPages(house),
  ...comparePages(house),
  ...tryoutPages(house),
];
