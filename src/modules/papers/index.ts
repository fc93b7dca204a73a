/** Papers (文书): what they say, their numbers, and every print with its code. Reads the ledger; keeps numbers and prints. */
export { gatherFacts } from './gather-facts.ts';
export { PAPER_KINDS, paperKind, paperTitle } from './kinds.ts';
export type { Block, PaperFacts, PaperKind, PaperPermission, PaperStyle } from './paper.ts';
export { papersFor, previewPaper, printPaper } from './print-paper.ts';
export { fillPersonal, findPrint, type Print, personalData, printsOf } from './read-print.ts';
