import type { House } from '../../house.ts';
import type { Route } from '../../route.ts';
import { draftPages } from './drafts.ts';
import { editorPages } from './editor.ts';
import { keepPages } from './keep.ts';
import { nodePages } from './nodes.ts';

/** P20 and P22: drafts of diagrams and everything that edits them. */
export const designPages = (house: House): Route[] => [
  ...draftPages(house),
  ...keepPages(house),
  ...editorPages(house),
  ...nodePages(house),
];
