import { acceptanceNotice } from './kinds/acceptance-notice.ts';
import { extensionNotice } from './kinds/extension-notice.ts';
import { extensionSheet } from './kinds/extension-sheet.ts';
import { handlingSheet } from './kinds/handling-sheet.ts';
import { receipt } from './kinds/receipt.ts';
import { routeNotice } from './kinds/route-notice.ts';
import { supervisionNotice, urgingNotice } from './kinds/supervision-notice.ts';
import { transferNotice } from './kinds/transfer-notice.ts';
import type { PaperKind } from './paper.ts';

/** Every paper there is, in the order of the list. */
export const PAPER_KINDS: readonly PaperKind[] = [
  handlingSheet,
  extensionSheet,
  acceptanceNotice,
  transferNotice,
  extensionNotice,
  routeNotice,
  urgingNotice,
  supervisionNotice,
  receipt,
];

export const paperKind = (id: string): PaperKind | undefined => PAPER_KINDS.find((kind) => kind.id === id);
export const paperTitle = (id: string): string => paperKind(id)?.title ?? '文书';
